using Portal.Core;
using Portal.Core.Drift;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Features.Api;

/// <summary>What programs ask of what somebody changed behind the portal's back: the pages' own use cases and queries, in the words of the API.</summary>
public sealed class DriftApi(EnvironmentsApi environments, DriftQueries drift, CheckDrift check, RevertDrift revert, IgnoreDrift ignore)
{
    /// <param name="page">From 0.</param>
    public Task<Outcome<Piece<DriftLine>>> ListAsync(Actor actor, string name, int page, int limit, CancellationToken cancellationToken) => OfAsync<Piece<DriftLine>>(actor, name, async id =>
    {
        var read = await drift.ListAsync(actor, id, page, limit, cancellationToken);
        var lines = page > read.Number ? [] : read.Rows.Select(one => new DriftLine(one.Step, one.Title, one.Resource, one.Type, one.Property, one.Expected, one.Found, one.FoundAt, one.IgnoredUntil, one.IgnoredBy)).ToList();
        return QueryValues.PieceOf(lines, read.Number, limit, read.Total);
    }, cancellationToken);

    public async Task<Outcome<DriftCheckAnswer>> CheckedAsync(Actor actor, string name, CancellationToken cancellationToken)
    {
        var found = await environments.FindAsync(actor, name, cancellationToken);
        return found.Refusal is { } missing ? missing
            : found.Value!.Snapshot.Drift is { } one ? new DriftCheckAnswer(one.Resources, one.CheckedAt, one.AskedAt, one.AskedBy, one.Trouble) : new DriftCheckAnswer(0, null, null, null, null);
    }

    public async Task<Outcome<DriftCheckAnswer>> CheckAsync(Actor actor, string name, CancellationToken cancellationToken)
    {
        var asked = await OfAsync(actor, name, id => check.ExecuteAsync(actor, id, cancellationToken), cancellationToken);
        return asked.Refusal is { } refusal ? refusal : await CheckedAsync(actor, name, cancellationToken);
    }

    public async Task<Outcome<Begun>> RevertAsync(Actor actor, string name, string step, CancellationToken cancellationToken)
    {
        var begun = await OfAsync(actor, name, id => revert.ExecuteAsync(actor, id, PlainText.Clean(step), cancellationToken), cancellationToken);
        return begun.Refusal is { } refusal ? refusal : new Begun(begun.Value);
    }

    public async Task<Outcome<Left>> IgnoreAsync(Actor actor, string name, IgnoreBody wanted, CancellationToken cancellationToken)
    {
        var until = wanted.Until?.ToUniversalTime();
        var left = await OfAsync(actor, name, id => ignore.ExecuteAsync(actor, id, PlainText.Clean(wanted.Step), PlainText.Clean(wanted.Resource), until, cancellationToken), cancellationToken);
        return left.Refusal is { } refusal ? refusal : new Left(until);
    }

    private async Task<Outcome<T>> OfAsync<T>(Actor actor, string name, Func<Guid, Task<Outcome<T>>> act, CancellationToken cancellationToken)
    {
        var found = await environments.IdAsync(actor, name, cancellationToken);
        return found.Refusal is { } missing ? missing : await act(found.Value);
    }
}
