using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Worker.Aws;

namespace Portal.Worker.Engine;

/// <summary>
/// The runner's memory. Every write holds the operation under the runner's fence, goes through the lifecycle and is one transaction with
/// its event and with what it means for the deployed state.
/// </summary>
public sealed class OperationStore(NpgsqlDataSource database, Transactions transactions, Lifecycle lifecycle, StepDurations durations, TimeProvider clock) : IOperationStore
{
    private const string Missing = "step.missing";

    public async Task<OperationWork?> BeginAsync(Guid operationId, CancellationToken cancellationToken)
    {
        if (await transactions.DoAsync(write => TakeOverAsync(write, operationId, cancellationToken), work => work is not null, cancellationToken) is not { } work)
            return null;
        // At its beginning only, and with the connection given back.
        if (work.Steps.Values.All(step => step.State == StepState.Pending))
            await durations.EstimateAsync(work.OperationId, work.Plan, work.Pace, work.Deployed.Keys.ToHashSet(StringComparer.Ordinal), cancellationToken);
        return work;
    }

    private async Task<OperationWork?> TakeOverAsync(Work write, Guid operationId, CancellationToken cancellationToken)
    {
        var connection = write.Connection;
        var (head, target) = (await connection.QueryAsync<Head, TargetRow, (Head?, TargetRow)>(
            $"""
            select o.environment_id as EnvironmentId, o.kind as Kind, o.plan::text as Plan, o.plan_hash as PlanHash, e.name as Environment,
                   {AwsTarget.Columns}
            from operations o join environments e on e.id = o.environment_id join targets t on t.name = e.target
            where o.id = @operationId
            """, (head, target) => (head, target), new { operationId }, splitOn: "name")).SingleOrDefault();
        if (head is null)
            return null;
        var what = Sentences.Of(head.Kind, head.Environment);
        var taken = await lifecycle.TakeOverAsync(write, operationId, begins => new NewEvent(
            Actor.System, head.EnvironmentId, operationId, null, begins ? "operation.started" : "operation.resumed", EventSeverity.Info,
            begins ? $"{what} started" : $"{what} goes on after an interruption"));
        if (taken is not { } mine)
            return null;
        var plan = Plan.FromJson(head.Plan);
        var steps = await connection.QueryAsync<(string Name, string State, int Attempt, string? Waiting)>(
            "select name, state, attempt, waiting::text from steps where operation_id = @operationId", new { operationId });
        var deployed = await Deployments.ReadAsync(connection, head.EnvironmentId, cancellationToken);
        return new OperationWork(
            mine.Fence, head.EnvironmentId, head.Environment, head.Kind, plan,
            AwsTarget.Of(target), target.Pace,
            steps.ToDictionary(step => step.Name, step => new StepProgress(
                Enum.Parse<StepState>(step.State), step.Attempt, step.Waiting is null ? null : JsonSerializer.Deserialize<StepWaiting>(step.Waiting, Specification.Json)), StringComparer.Ordinal),
            deployed.ToDictionary(deployment => deployment.Step, StringComparer.Ordinal))
        {
            IsCancelling = mine.IsCancelling,
            IsAsApproved = plan.Hash == head.PlanHash,
        };
    }

    public Task StartStepAsync(OperationWork work, PlannedStep step, int attempt, CancellationToken cancellationToken) => WriteAsync(
        work, step, new StepMove(work.OperationId, step.Name, StepState.Running, attempt),
        attempt == 1 ? ("step.started", EventSeverity.Info, Sentences.Started(step)) : ("step.retried", EventSeverity.Info, $"{step.Title}: attempt {attempt}"),
        Deployments.Begin(work.EnvironmentId, work.OperationId, work.Plan, step, clock.GetUtcNow()), [], cancellationToken);

    public Task SucceedStepAsync(OperationWork work, PlannedStep step, IReadOnlyDictionary<string, string> outputs, CancellationToken cancellationToken) => WriteAsync(
        work, step, new StepMove(work.OperationId, step.Name, StepState.Succeeded, Outputs: outputs),
        ("step.succeeded", EventSeverity.Success, Sentences.Succeeded(step)),
        Deployments.Complete(work.EnvironmentId, step, outputs, clock.GetUtcNow()),
        [StepDurations.Keep(work.OperationId, step, wasThere: work.Deployed.ContainsKey(step.Deployment))], cancellationToken);

    public Task FailStepAsync(OperationWork work, PlannedStep step, Failure failure, CancellationToken cancellationToken) => WriteAsync(
        work, step, new StepMove(work.OperationId, step.Name, StepState.Failed, Failure: failure),
        ("step.failed", EventSeverity.Error, $"{step.Title} failed: {failure.Message}"), [], [], cancellationToken);

    public Task SkipStepAsync(OperationWork work, PlannedStep step, CancellationToken cancellationToken) => WriteAsync(
        work, step, new StepMove(work.OperationId, step.Name, StepState.Skipped),
        ("step.skipped", EventSeverity.Warning, $"{step.Title} skipped, because a step it needs failed"), [], [], cancellationToken);

    public Task CancelStepAsync(OperationWork work, PlannedStep step, CancellationToken cancellationToken) => WriteAsync(
        work, step, new StepMove(work.OperationId, step.Name, StepState.Cancelled),
        ("step.cancelled", EventSeverity.Warning, $"{step.Title} cancelled"), [], [], cancellationToken);

    public Task NoteRetryAsync(OperationWork work, PlannedStep step, Failure failure, TimeSpan delay, CancellationToken cancellationToken) => NoteAsync(
        work, step, "step.retrying", EventSeverity.Warning,
        $"{step.Title}: {failure.Message} Next attempt in {Math.Max(1, Math.Round(delay.TotalSeconds))} s.", new { failure, delay }, [], cancellationToken);

    public Task NoteWaitingAsync(OperationWork work, PlannedStep step, StepWaiting waiting, CancellationToken cancellationToken) => NoteAsync(
        work, step, "step.waiting", EventSeverity.Warning, $"{waiting.Sentence}; {step.Title} waits for it", waiting,
        [SetWaiting(work, step, waiting)], cancellationToken);

    public Task NoteAnsweredAsync(OperationWork work, PlannedStep step, StepWaiting waited, CancellationToken cancellationToken)
    {
        var silent = clock.GetUtcNow() - waited.Since;
        return NoteAsync(
            work, step, "step.answered", EventSeverity.Info, $"{waited.Whom} answers again after {Math.Max(1, Math.Round(silent.TotalSeconds))} s; {step.Title} goes on", new { waited.Whom, silent },
            [SetWaiting(work, step, null)], cancellationToken);
    }

    public Task NoteMissingAsync(OperationWork work, PlannedStep step, string what, CancellationToken cancellationToken) => transactions.DoAsync(async write =>
    {
        await Lifecycle.HoldAsync(write, work.Fence);
        // A later attempt, and the runner after a crash, find the same.
        if (!await write.Connection.ExecuteScalarAsync<bool>(
            "select exists (select from events where environment_id = @EnvironmentId and operation_id = @OperationId and step = @Name and kind = @Missing)",
            new { work.EnvironmentId, work.OperationId, step.Name, Missing }))
        {
            await new NewEvent(Actor.System, work.EnvironmentId, work.OperationId, step.Name, Missing, EventSeverity.Warning, Sentences.Missing(step, what))
            { Body = new { what } }.AppendAsync(write, clock.GetUtcNow());
        }
    }, cancellationToken);

    private static Statement SetWaiting(OperationWork work, PlannedStep step, StepWaiting? waiting) => new(
        "update steps set waiting = @waiting::jsonb where operation_id = @operation and name = @step",
        ("operation", work.OperationId), ("step", step.Name), ("waiting", waiting is null ? null : JsonSerializer.Serialize(waiting, Specification.Json)));

    private Task NoteAsync(
        OperationWork work, PlannedStep step, string kind, EventSeverity severity, string message, object body, IEnumerable<Statement> change, CancellationToken cancellationToken) =>
        transactions.DoAsync(write => write.DoAsync(
        [
            Lifecycle.Hold(work.Fence),
            .. change,
            new NewEvent(Actor.System, work.EnvironmentId, work.OperationId, step.Name, kind, severity, message) { Body = body }.Append(write, clock.GetUtcNow()),
        ]), cancellationToken);

    // What waited in line may begin with it, and so a job be enqueued.
    public Task FinishAsync(OperationWork work, OperationState state, Failure? failure, CancellationToken cancellationToken) => transactions.DoWithJobsAsync(async write =>
    {
        await Lifecycle.HoldAsync(write, work.Fence);
        var (kind, severity) = state switch
        {
            OperationState.Succeeded => ("operation.succeeded", EventSeverity.Success),
            OperationState.Cancelled => ("operation.cancelled", EventSeverity.Warning),
            _ => ("operation.failed", EventSeverity.Error),
        };
        return await lifecycle.MoveAsync(write, new OperationMove(work.OperationId, state, failure), new NewEvent(
            Actor.System, work.EnvironmentId, work.OperationId, null, kind, severity, Sentences.Finished(work.Kind, work.Environment, state, failure)))
            ? true
            : throw new FencedException(work.OperationId);
    }, cancellationToken);

    public async Task<byte[]> ArtifactAsync(string digest, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<byte[]?>(new CommandDefinition(
                "select body from artifacts where digest = @digest", new { digest }, cancellationToken: cancellationToken))
            ?? throw new StepFailedException("artifact_missing", $"The template with digest {digest[..12]}, which was approved, is not in the database.");
    }

    // All of it in one round trip: what comes between two steps is little but these.
    private Task WriteAsync(
        OperationWork work, PlannedStep step, StepMove move, (string Kind, EventSeverity Severity, string Message) said,
        IEnumerable<Statement> deploy, IEnumerable<Statement> afterwards, CancellationToken cancellationToken) => transactions.DoAsync(write => write.DoAsync(
        [
            Lifecycle.Hold(work.Fence),
            .. deploy,
            .. lifecycle.Move(write, move, new NewEvent(Actor.System, work.EnvironmentId, work.OperationId, step.Name, said.Kind, said.Severity, said.Message)),
            .. afterwards,
        ]), cancellationToken);

    private sealed record Head
    {
        public Guid EnvironmentId { get; init; }
        public OperationKind Kind { get; init; }
        public string Plan { get; init; } = "";
        public string PlanHash { get; init; } = "";
        public string Environment { get; init; } = "";
    }
}
