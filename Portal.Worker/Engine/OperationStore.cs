using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Worker.Aws;

namespace Portal.Worker.Engine;

/// <summary>Another runner has taken the operation over: stop, touch nothing.</summary>
public sealed class FencedException(Guid operationId) : Exception($"Operation {operationId} belongs to another runner now.");

/// <summary>
/// The runner's memory. Every write happens in one transaction with its event and says <c>where epoch = @mine</c>; zero rows mean
/// that somebody else took over.
/// </summary>
public sealed class OperationStore(NpgsqlDataSource database, TimeProvider clock)
{
    private static readonly IReadOnlyDictionary<string, string> NoOutputs = new Dictionary<string, string>();

    /// <summary>Operations that a worker should be running.</summary>
    public async Task<IReadOnlyList<Guid>> OpenAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var ids = await connection.QueryAsync<Guid>(new CommandDefinition(
            "select id from operations where state in ('Queued', 'Running', 'Cancelling') order by created_at limit 500", cancellationToken: cancellationToken));
        return ids.AsList();
    }

    /// <summary>Takes the operation over: raises its epoch, which fences out whoever had it.</summary>
    /// <returns>Null where there is nothing to run any more.</returns>
    public async Task<OperationWork?> BeginAsync(Guid operationId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var before = await connection.ExecuteScalarAsync<string?>("select state from operations where id = @operationId for update", new { operationId }, transaction);
        if (before is null || !Transitions.Allows(Enum.Parse<OperationState>(before), OperationState.Running))
            return null;
        var head = await connection.QuerySingleAsync<Head>(
            """
            update operations o set epoch = epoch + 1, state = 'Running', started_at = coalesce(started_at, @now)
            from environments e join targets t on t.name = e.target, requests r
            where o.id = @operationId and e.id = o.environment_id and r.id = o.request_id
            returning o.environment_id as EnvironmentId, o.epoch as Epoch, o.plan::text as Plan, e.name as Environment, e.owner_name as Owner, r.number as Request,
                      t.name as Target, t.account_id as AccountId, t.region as Region, t.role_arn as RoleArn, t.endpoint_url as EndpointUrl, t.pace as Pace
            """, new { operationId, now = clock.GetUtcNow() }, transaction);
        var steps = await connection.QueryAsync<StepRecord>(
            "select name, state, attempt, outputs::text as outputs from steps where operation_id = @operationId", new { operationId }, transaction);
        await new NewEvent(Actor.System, head.EnvironmentId, operationId, null, before == nameof(OperationState.Queued) ? "operation.started" : "operation.resumed", EventSeverity.Info,
            before == nameof(OperationState.Queued) ? $"Provisioning of {head.Environment} started" : $"Provisioning of {head.Environment} goes on after an interruption")
            .AppendAsync(connection, transaction, clock.GetUtcNow());
        await transaction.CommitAsync(cancellationToken);
        return new OperationWork(
            operationId, head.EnvironmentId, head.Environment, head.Owner, head.Request, head.Epoch, Plan.FromJson(head.Plan),
            new AwsTarget(head.Target, head.AccountId, head.Region, head.RoleArn, head.EndpointUrl), head.Pace,
            steps.ToDictionary(step => step.Name, step => new StepProgress(Enum.Parse<StepState>(step.State), step.Attempt, Outputs(step.Outputs)), StringComparer.Ordinal));
    }

    /// <summary>Intent is saved before the side effect.</summary>
    public Task StartStepAsync(OperationWork work, PlannedStep step, int attempt, CancellationToken cancellationToken) =>
        WriteStepAsync(work, step, StepState.Running,
            "attempt = @attempt, started_at = coalesce(s.started_at, @now), finished_at = null, failure = null", new { attempt },
            attempt == 1 ? ("step.started", EventSeverity.Info, $"{step.Title} started") : ("step.retried", EventSeverity.Info, $"{step.Title}: attempt {attempt}"),
            cancellationToken);

    public Task SucceedStepAsync(OperationWork work, PlannedStep step, IReadOnlyDictionary<string, string> outputs, CancellationToken cancellationToken) =>
        WriteStepAsync(work, step, StepState.Succeeded,
            "outputs = @outputs::jsonb, finished_at = @now", new { outputs = JsonSerializer.Serialize(outputs) },
            ("step.succeeded", EventSeverity.Success, $"{step.Title} ready"), cancellationToken);

    public Task FailStepAsync(OperationWork work, PlannedStep step, Failure failure, CancellationToken cancellationToken) =>
        WriteStepAsync(work, step, StepState.Failed,
            "failure = @failure::jsonb, finished_at = @now", new { failure = JsonSerializer.Serialize(failure, Specification.Json) },
            ("step.failed", EventSeverity.Error, $"{step.Title} failed: {failure.Message}"), cancellationToken);

    public Task SkipStepAsync(OperationWork work, PlannedStep step, CancellationToken cancellationToken) =>
        WriteStepAsync(work, step, StepState.Skipped, "finished_at = @now", new { },
            ("step.skipped", EventSeverity.Warning, $"{step.Title} skipped, because a step it needs failed"), cancellationToken);

    /// <summary>Says why an attempt failed and when the next one comes; the step stays Running.</summary>
    public async Task NoteRetryAsync(OperationWork work, PlannedStep step, Failure failure, TimeSpan delay, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await HoldFenceAsync(connection, transaction, work);
        await new NewEvent(Actor.System, work.EnvironmentId, work.OperationId, step.Name, "step.retrying", EventSeverity.Warning,
            $"{step.Title}: {failure.Message} Next attempt in {Math.Max(1, Math.Round(delay.TotalSeconds))} s.").AppendAsync(connection, transaction, clock.GetUtcNow());
        await transaction.CommitAsync(cancellationToken);
    }

    public async Task FinishAsync(OperationWork work, OperationState state, Failure? failure, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var now = clock.GetUtcNow();
        var changed = await connection.ExecuteAsync(
            "update operations set state = @state, finished_at = @now, failure = @failure::jsonb where id = @OperationId and epoch = @Epoch and state = 'Running'",
            new { state = state.ToString(), now, failure = failure is null ? null : JsonSerializer.Serialize(failure, Specification.Json), work.OperationId, work.Epoch }, transaction);
        if (changed == 0)
            throw new FencedException(work.OperationId);
        var succeeded = state == OperationState.Succeeded;
        await connection.ExecuteAsync("update environments set state = @state where id = @EnvironmentId",
            new { state = succeeded ? nameof(EnvironmentState.Ready) : nameof(EnvironmentState.Failed), work.EnvironmentId }, transaction);
        await new NewEvent(Actor.System, work.EnvironmentId, work.OperationId, null, succeeded ? "operation.succeeded" : "operation.failed",
            succeeded ? EventSeverity.Success : EventSeverity.Error, succeeded ? $"{work.Environment} is ready" : $"{work.Environment} failed: {failure?.Message}")
            .AppendAsync(connection, transaction, now);
        await transaction.CommitAsync(cancellationToken);
    }

    public async Task<byte[]> ArtifactAsync(string digest, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<byte[]?>(new CommandDefinition(
                "select body from artifacts where digest = @digest", new { digest }, cancellationToken: cancellationToken))
            ?? throw new StepFailedException("artifact_missing", $"The template with digest {digest[..12]}, which was approved, is not in the database.");
    }

    private async Task WriteStepAsync(
        OperationWork work, PlannedStep step, StepState state, string assignments, object values, (string Kind, EventSeverity Severity, string Message) said, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var now = clock.GetUtcNow();
        var arguments = new DynamicParameters(values);
        arguments.AddDynamicParams(new { work.OperationId, work.Epoch, step.Name, state = state.ToString(), sources = Transitions.SourcesOf(state), now });
        var changed = await connection.ExecuteAsync(
            $"""
            update steps s set state = @state, {assignments} from operations o
            where s.operation_id = @OperationId and s.name = @Name and s.state = any(@sources) and o.id = s.operation_id and o.epoch = @Epoch
            """, arguments, transaction);
        if (changed == 0)
            throw new FencedException(work.OperationId);
        await new NewEvent(Actor.System, work.EnvironmentId, work.OperationId, step.Name, said.Kind, said.Severity, said.Message).AppendAsync(connection, transaction, now);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task HoldFenceAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, OperationWork work)
    {
        var mine = await connection.ExecuteScalarAsync<bool>(
            "select exists (select from operations where id = @OperationId and epoch = @Epoch for share)", new { work.OperationId, work.Epoch }, transaction);
        if (!mine)
            throw new FencedException(work.OperationId);
    }

    private static IReadOnlyDictionary<string, string> Outputs(string? json) =>
        json is null ? NoOutputs : JsonSerializer.Deserialize<Dictionary<string, string>>(json) ?? NoOutputs;

    private sealed record Head
    {
        public Guid EnvironmentId { get; init; }
        public long Epoch { get; init; }
        public string Plan { get; init; } = "";
        public string Environment { get; init; } = "";
        public string Owner { get; init; } = "";
        public long Request { get; init; }
        public string Target { get; init; } = "";
        public string AccountId { get; init; } = "";
        public string Region { get; init; } = "";
        public string? RoleArn { get; init; }
        public string? EndpointUrl { get; init; }
        public double Pace { get; init; }
    }

    private sealed record StepRecord
    {
        public string Name { get; init; } = "";
        public string State { get; init; } = "";
        public int Attempt { get; init; }
        public string? Outputs { get; init; }
    }
}
