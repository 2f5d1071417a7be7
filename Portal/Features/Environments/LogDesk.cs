using Portal.Core;
using Portal.Core.Inquiries;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Environments;

/// <summary>What a page needs to show what a pod writes; the seam its component tests stand at.</summary>
public interface ILogDesk
{
    /// <summary>Reads the last lines; a worker does it, which takes a moment.</summary>
    /// <returns>The log, with a sentence instead of lines where it cannot be read now; or why somebody may not read it.</returns>
    Task<Outcome<PodLog>> ReadAsync(Guid environmentId, string pod, CancellationToken cancellationToken);
}

public sealed class LogDesk(ReadPodLog logs, CurrentActor current, DatabaseReach database, TimeProvider clock) : ILogDesk
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(120);

    public async Task<Outcome<PodLog>> ReadAsync(Guid environmentId, string pod, CancellationToken cancellationToken)
    {
        var asked = await database.WriteAsync(() => current.ActAsync(actor => logs.AskAsync(actor, environmentId, pod, cancellationToken), cancellationToken));
        if (asked.Refusal is { } refusal)
            return refusal;
        var until = clock.GetUtcNow() + ReadPodLog.Patience;
        while (clock.GetUtcNow() < until)
        {
            if (await database.ReadAsync(async token => await logs.FindAsync(await current.GetAsync(), asked.Value, token), cancellationToken) is { } log)
                return log;
            await Task.Delay(LookAgainAfter, clock, cancellationToken);
        }

        return new PodLog([], "No worker has answered. They may be busy, or none may be running: it is tried again.");
    }
}
