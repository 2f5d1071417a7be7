using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Rehearsals;
using Portal.Core.Security;

namespace Portal.Features.Api;

/// <summary>What programs ask of the rehearsals of a request: the pages' own use cases and queries, in the words of the API.</summary>
public sealed class RehearsalsApi(RequestQueries requests, RehearsalQueries rehearsals, StartRehearsal start, CancelRehearsal cancel)
{
    /// <summary>Newest first.</summary>
    public async Task<Outcome<IReadOnlyList<RehearsalAnswer>>> ListAsync(Actor actor, long number, CancellationToken cancellationToken)
    {
        if (await requests.RequestAsync(actor, number, cancellationToken) is not { } detail || await rehearsals.OfAsync(actor, detail.Request.Id, cancellationToken) is not { } read)
            return Missing(number);
        return new Outcome<IReadOnlyList<RehearsalAnswer>>([.. read.All.Select(one => one.ToAnswer(detail.Request.PlanHash))], null);
    }

    public async Task<Outcome<RehearsalStarted>> StartAsync(Actor actor, long number, CancellationToken cancellationToken)
    {
        if (await requests.RequestAsync(actor, number, cancellationToken) is not { } detail)
            return Missing(number);
        var outcome = await start.ExecuteAsync(actor, detail.Request.Id, cancellationToken);
        return outcome.Refusal is { } refusal ? refusal : new RehearsalStarted(outcome.Value);
    }

    public async Task<Outcome<RehearsalStopped>> CancelAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        var outcome = await cancel.ExecuteAsync(actor, id, cancellationToken);
        return outcome.Refusal is { } refusal ? refusal : new RehearsalStopped(outcome.Value);
    }

    private static NotFound Missing(long number) => new($"There is no request {number}.");
}
