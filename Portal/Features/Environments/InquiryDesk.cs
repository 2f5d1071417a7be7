using Portal.Core;
using Portal.Core.Inquiries;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Environments;

/// <summary>What a page needs to have a worker find something out; the seam its component tests stand at.</summary>
public interface IInquiryDesk
{
    /// <summary>Reads the last lines of a pod; a worker does it, which takes a moment.</summary>
    /// <returns>The log, with a sentence instead of lines where it cannot be read now; or why somebody may not read it.</returns>
    Task<Outcome<PodLog>> ReadAsync(Guid environmentId, string pod, CancellationToken cancellationToken);

    /// <summary>Sends one request through the environment's front door, and waits for what comes of it.</summary>
    /// <returns>The answer; null where no worker told of one in time; or why it is not sent.</returns>
    Task<Outcome<DoorReply?>> SendAsync(Guid environmentId, DoorRequest request, CancellationToken cancellationToken);
}

public sealed class InquiryDesk(ReadPodLog logs, AskFrontDoor door, CurrentActor current, DatabaseReach database, TimeProvider clock) : IInquiryDesk
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(120);

    public async Task<Outcome<PodLog>> ReadAsync(Guid environmentId, string pod, CancellationToken cancellationToken)
    {
        var asked = await database.WriteAsync(() => current.ActAsync(actor => logs.AskAsync(actor, environmentId, pod, cancellationToken), cancellationToken));
        if (asked.Refusal is { } refusal)
            return refusal;
        return await WaitAsync(ReadPodLog.Patience, async token => await logs.FindAsync(await current.GetAsync(), asked.Value, token), cancellationToken)
            ?? new PodLog([], "No worker has answered. They may be busy, or none may be running: it is tried again.");
    }

    public async Task<Outcome<DoorReply?>> SendAsync(Guid environmentId, DoorRequest request, CancellationToken cancellationToken)
    {
        var asked = await database.WriteAsync(() => current.ActAsync(actor => door.AskAsync(actor, environmentId, request, cancellationToken), cancellationToken));
        if (asked.Refusal is { } refusal)
            return refusal;
        return await WaitAsync(AskFrontDoor.Patience, async token => await door.FindAsync(await current.GetAsync(), asked.Value, token), cancellationToken);
    }

    private async Task<T?> WaitAsync<T>(TimeSpan patience, Func<CancellationToken, Task<T?>> look, CancellationToken cancellationToken)
        where T : class
    {
        var until = clock.GetUtcNow() + patience;
        while (clock.GetUtcNow() < until)
        {
            if (await database.ReadAsync(look, cancellationToken) is { } answer)
                return answer;
            await Task.Delay(LookAgainAfter, clock, cancellationToken);
        }

        return null;
    }
}
