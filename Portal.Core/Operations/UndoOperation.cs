using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Teams;

namespace Portal.Core.Operations;

/// <summary>What rolling back a failed branch would do.</summary>
/// <param name="Removed">Titles of what was half made and goes.</param>
/// <param name="Returned">Titles of what becomes again as it was before.</param>
/// <param name="IsWhole">Whether all that the operation began is undone, so that the environment is what it was before.</param>
public sealed record PlannedUndo(Plan Plan, IReadOnlyList<string> Removed, IReadOnlyList<string> Returned, bool IsWhole)
{
    internal Guid EnvironmentId { get; init; }

    internal AdoptedSpecification? Before { get; init; }
}

/// <summary>Nothing of the failed branch is half made.</summary>
public sealed record NothingToUndo() : Refusal("nothing_to_undo", "Nothing of it is half made: there is nothing to roll back. Try again, change the environment or destroy it.");

/// <summary>
/// Undoes what the failed branch of an operation left half done: what it half made goes, what it half changed becomes as it was when it was
/// last complete. It needs no approval: nothing that was ever complete is lost by it.
/// </summary>
public sealed class UndoOperation(Transactions transactions, Lifecycle lifecycle, TimeProvider clock)
{
    /// <returns>What it would do; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, <see cref="AlreadyDecided"/>, <see cref="NothingToUndo"/>.</returns>
    public Task<Outcome<PlannedUndo>> PreviewAsync(Actor actor, Guid operationId, CancellationToken cancellationToken) =>
        transactions.DoAsync(work => PlanAsync(work.Connection, actor, operationId, cancellationToken), _ => false, cancellationToken);

    /// <param name="without">What a stack that stands half-way back leaves out on the way; null for nothing.</param>
    /// <returns>The id of the operation that does it, or a refusal as of <see cref="PreviewAsync"/>, or <see cref="NothingStuck"/>.</returns>
    public Task<Outcome<Guid>> ExecuteAsync(Actor actor, Guid operationId, CancellationToken cancellationToken, WayBackWithout? without = null) =>
        transactions.DoWithJobsAsync<Outcome<Guid>>(async work =>
        {
            var outcome = await PlanAsync(work.Connection, actor, operationId, cancellationToken);
            if (outcome.Refusal is { } refusal)
                return refusal;
            var undo = outcome.Value!;
            if (without is not null && await without.KeepAsync(work, actor, undo.EnvironmentId, operationId, clock.GetUtcNow()) is { } stuck)
                return stuck;
            var queued = await lifecycle.QueueAsync(
                work,
                new NewOperation(undo.EnvironmentId, null, undo.IsWhole ? OperationKind.TakeBack : OperationKind.Undo, undo.Plan, actor, undo.Before),
                new NewEvent(actor, undo.EnvironmentId, null, null, "operation.undone", EventSeverity.Warning, $"{actor.Name} rolls back what failed"));
            return queued is { } id ? id : new AlreadyDecided("It is not standing still any more: somebody else was faster.");
        }, outcome => !outcome.IsRefused, cancellationToken);

    private static async Task<Outcome<PlannedUndo>> PlanAsync(NpgsqlConnection connection, Actor actor, Guid operationId, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not undo anything. Ask for the role {Roles.Engineer}.");
        if (await FoundOperation.FindAsync(connection, operationId) is not { } operation)
            return new NotFound("There is no such operation.");
        if (await Ownership.RefusalAsync(connection, actor, operation.EnvironmentId) is { } refusal)
            return refusal;
        if (!operation.IsNewest || operation.State is not (OperationState.Failed or OperationState.Cancelled))
            return new AlreadyDecided("It is not standing still any more: somebody tried again already, or a later operation has taken its place.");
        var (kind, plan, created) = await connection.QuerySingleAsync<(string, string, DateTime)>(
            "select kind, plan::text, created_at from operations where id = @operationId", new { operationId });
        var steps = (await connection.QueryAsync<(string Name, string State)>("select name, state from steps where operation_id = @operationId", new { operationId })).ToList();
        var deployed = await Deployments.ReadAsync(connection, operation.EnvironmentId, cancellationToken);
        var halfDone = deployed.Where(deployment => !deployment.IsComplete && deployment.OperationId == operationId)
            .Where(deployment => steps.Exists(step => step.Name == deployment.Step && step.State is nameof(StepState.Failed) or nameof(StepState.Cancelled) or nameof(StepState.Skipped)))
            .Select(deployment => deployment.Plan).ToList();
        var head = Plan.FromJson(plan);
        if (!UndoPlan.IsPossible(Enum.Parse<OperationKind>(kind)))
            return new NothingToUndo();
        var before = await LastCompleteAsync(connection, operation.EnvironmentId, operationId, [.. halfDone.Select(step => step.Name)]);
        var undo = UndoPlan.Of(head, halfDone, before);
        if (undo.Steps.Count == 0)
            return new NothingToUndo();
        var isWhole = UndoPlan.IsWhole(
            await StateBeforeAsync(connection, operation.EnvironmentId, created), undo, halfDone,
            steps.ToDictionary(step => step.Name, step => Enum.Parse<StepState>(step.State), StringComparer.Ordinal));
        var specification = isWhole ? await SpecificationBeforeAsync(connection, operation.EnvironmentId, created) : null;
        return new PlannedUndo(
            undo,
            [.. undo.Steps.Where(step => step.Action == PlanAction.Remove).Select(step => step.Title)],
            [.. undo.Steps.Where(step => step.Action == PlanAction.Ensure).Select(step => step.Title)],
            isWhole && specification is not null)
        { EnvironmentId = operation.EnvironmentId, Before = specification };
    }

    /// <summary>The steps as they were planned when they last succeeded.</summary>
    private static async Task<IReadOnlyList<PlannedStep>> LastCompleteAsync(NpgsqlConnection connection, Guid environmentId, Guid failed, string[] names)
    {
        var rows = await connection.QueryAsync<string>(
            """
            select distinct on (s.name) planned.step::text
            from operations o
            join steps s on s.operation_id = o.id and s.name = any(@names) and s.state = 'Succeeded' and s.action in ('Ensure', 'Remove')
            cross join lateral (select step from jsonb_array_elements(o.plan -> 'steps') as step where step ->> 'name' = s.name) planned
            where o.environment_id = @environmentId and o.id <> @failed
            order by s.name, o.created_at desc
            """, new { environmentId, failed, names });
        // One that was taken away since is not there to go back to.
        return [.. rows.Select(row => JsonSerializer.Deserialize<PlannedStep>(row, Specification.Json)!).Where(step => step.Action == PlanAction.Ensure)];
    }

    private static async Task<EnvironmentState?> StateBeforeAsync(NpgsqlConnection connection, Guid environmentId, DateTime before)
    {
        var row = await connection.QueryFirstOrDefaultAsync<(string Kind, string State)?>(
            "select kind, state from operations where environment_id = @environmentId and created_at < @before order by created_at desc limit 1", new { environmentId, before });
        return row is { } earlier ? Transitions.EnvironmentOf(Enum.Parse<OperationKind>(earlier.Kind), Enum.Parse<OperationState>(earlier.State)) : null;
    }

    /// <summary>What the environment was last brought to before the failed operation.</summary>
    private static async Task<AdoptedSpecification?> SpecificationBeforeAsync(NpgsqlConnection connection, Guid environmentId, DateTime before)
    {
        var row = await connection.QuerySingleOrDefaultAsync<(int Version, string Document)?>(
            """
            select s.version, s.document::text
            from operations o
            join specifications s on s.environment_id = o.environment_id and s.version = o.specification_version
            where o.environment_id = @environmentId and o.created_at < @before and o.state = 'Succeeded'
            order by o.created_at desc limit 1
            """, new { environmentId, before });
        return row is { } found ? new AdoptedSpecification(found.Version, JsonSerializer.Deserialize<Specification>(found.Document, Specification.Json)!) : null;
    }
}
