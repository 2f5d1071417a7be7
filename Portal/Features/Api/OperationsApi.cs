using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Features.Api;

/// <summary>What programs ask of operations: the pages' own use cases and queries, in the words of the API.</summary>
public sealed class OperationsApi(OperationQueries operations, CancelOperation cancel, RetryOperation retry, UndoOperation undo, WithdrawOperation withdraw, TimeProvider clock)
{
    public async Task<Outcome<OperationAnswer>> FindAsync(Actor actor, Guid id, CancellationToken cancellationToken) =>
        await operations.FindAsync(actor, id, cancellationToken) is { } detail ? detail.ToAnswer(clock.GetUtcNow()) : Missing;

    /// <returns>The environment that it is of.</returns>
    public async Task<Outcome<Guid>> EnvironmentAsync(Actor actor, Guid id, CancellationToken cancellationToken) =>
        await operations.FindAsync(actor, id, cancellationToken) is { } detail ? detail.Summary.EnvironmentId : Missing;

    /// <param name="seen">Number of the newest event that was read; null for the newest there is.</param>
    public Task<Outcome<OperationAnswer>> CancelAsync(Actor actor, Guid id, long? seen, CancellationToken cancellationToken) =>
        ThenFindAsync(actor, id, cancel.ExecuteAsync(actor, id, seen ?? long.MaxValue, cancellationToken), cancellationToken);

    public Task<Outcome<OperationAnswer>> RetryAsync(Actor actor, Guid id, GoOnBody with, CancellationToken cancellationToken) =>
        ThenFindAsync(actor, id, retry.ExecuteAsync(actor, id, cancellationToken, Without(with)), cancellationToken);

    public async Task<Outcome<UndoAnswer>> PlanUndoAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        var outcome = await undo.PreviewAsync(actor, id, cancellationToken);
        return outcome.Refusal is { } refusal ? refusal : new UndoAnswer(outcome.Value!.Removed, outcome.Value.Returned, outcome.Value.IsWhole);
    }

    public async Task<Outcome<Begun>> UndoAsync(Actor actor, Guid id, GoOnBody with, CancellationToken cancellationToken) => Said(await undo.ExecuteAsync(actor, id, cancellationToken, Without(with)));

    /// <param name="id">Of its place in the environment's line.</param>
    public async Task<Outcome<Begun>> WithdrawAsync(Actor actor, Guid id, CancellationToken cancellationToken) => Said(await withdraw.ExecuteAsync(actor, id, cancellationToken));

    private static WayBackWithout? Without(GoOnBody with) => with.LeaveOut is { } left ? new(PlainText.Clean(left.Step), [.. left.Resources.OfType<string>()]) : null;

    private static Outcome<Begun> Said(Outcome<Guid> outcome) => outcome.Refusal is { } refusal ? refusal : new Begun(outcome.Value);

    private async Task<Outcome<OperationAnswer>> ThenFindAsync(Actor actor, Guid id, Task<Outcome<Guid>> act, CancellationToken cancellationToken) =>
        (await act).Refusal is { } refusal ? refusal : await FindAsync(actor, id, cancellationToken);

    private static NotFound Missing { get; } = new("There is no such operation.");
}
