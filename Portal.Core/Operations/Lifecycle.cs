using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Core.Approvals;
using Portal.Core.Catalog;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Operations;

/// <summary>Another runner has taken the operation over: stop, touch nothing.</summary>
public sealed class FencedException(Guid operationId) : Exception($"Operation {operationId} belongs to another runner now.");

/// <summary>An operation as its runner holds it. Every write of the runner shows it.</summary>
/// <param name="Epoch">Raised by whoever takes the operation over.</param>
public sealed record Fence(Guid OperationId, long Epoch);

/// <summary>A request's end; who brought it about stands in its verdicts.</summary>
public sealed record RequestMove(Guid RequestId, RequestState To);

/// <summary>An operation's next state; its environment's follows from it.</summary>
/// <param name="Failure">Why it failed.</param>
/// <param name="From">The one state to leave; null for any from which there is a way.</param>
public sealed record OperationMove(Guid OperationId, OperationState To, Failure? Failure = null, OperationState? From = null);

/// <summary>A step's next state.</summary>
/// <param name="Attempt">Of a step that starts.</param>
/// <param name="Outputs">Of one that succeeded.</param>
/// <param name="Failure">Why it failed.</param>
public sealed record StepMove(
    Guid OperationId, string Step, StepState To, int? Attempt = null, IReadOnlyDictionary<string, string>? Outputs = null, Failure? Failure = null);

/// <summary>What is to be carried out.</summary>
/// <param name="RequestId">What was approved; null for what needs no approval.</param>
/// <param name="Adopt">The specification that it brings about, where that is another than the environment's own.</param>
public sealed record NewOperation(Guid EnvironmentId, Guid? RequestId, OperationKind Kind, Plan Plan, Actor By, AdoptedSpecification? Adopt = null)
{
    /// <summary>Files of the plan that may not be stored yet.</summary>
    public IReadOnlyCollection<Artifact> Artifacts { get; init; } = [];

    /// <summary>How it waits while another operation is under way; null for what is refused then.</summary>
    public LinePlace? Line { get; init; }
}

/// <param name="IsPlannedAnew">Whether its plan comes from what exists when its turn comes, and not from the specification.</param>
/// <param name="Step">The step it is about; null for all of the environment.</param>
public sealed record LinePlace(bool IsPlannedAnew, string? Step = null);

/// <param name="Version">Null for one that is not filed yet.</param>
public sealed record AdoptedSpecification(int? Version, Specification Specification);

/// <summary>An environment that is asked for.</summary>
/// <param name="Team">Whose it is; empty for no team's in particular.</param>
/// <param name="GoldenPath">Id of the one that it begins with; empty for none.</param>
public sealed record NewEnvironment(Guid Id, string Name, string Target, string Cidr, Actor Owner, string Team, string GoldenPath);

/// <summary>A request to decide on.</summary>
/// <param name="Specification">What the environment shall be; for a destruction, what it was.</param>
/// <param name="Id">The caller's own, so that one that is filed again can be known.</param>
/// <param name="Work">What would be done.</param>
/// <param name="Facts">What the rules of approval look at.</param>
/// <param name="Turn">Whose turn it is to decide, so that they can be told; none where a rule asks for nobody.</param>
public sealed record NewRequest(
    Guid Id, Guid EnvironmentId, RequestKind Kind, Specification Specification, PlannedWork Work, Actor By, RequestFacts Facts, IReadOnlyList<ApproverGroup> Turn);

/// <summary>What a request asks for from now on, in place of what it asked for before.</summary>
/// <param name="By">Who agreed to it.</param>
public sealed record RequestRevision(Guid RequestId, Guid EnvironmentId, RequestKind Kind, Specification Specification, PlannedWork Work, Actor By, RequestFacts Facts);

/// <summary>A request that is filed.</summary>
/// <param name="Version">Of its specification.</param>
/// <param name="IsApproved">Whether a rule asked for nobody, so that it is being carried out.</param>
public sealed record SubmittedRequest(Guid Id, long Number, int Version, Guid EnvironmentId, string Environment, bool IsApproved = false);

/// <summary>
/// The one door for the states of environments, requests, operations and steps: it knows the legal transitions (<see cref="Transitions"/>),
/// changes a row only from a state that leads there, and writes the event with it. Each call is a part of the caller's transaction. Rows
/// are locked in one order, request, operation, steps, environment, so that no two callers wait for each other.
/// </summary>
public sealed class Lifecycle(OperationJobs jobs, TimeProvider clock)
{
    // Whoever stands still inside a transaction, because the process is stopped or its network silent, must not keep the next runner waiting
    // for as long as Postgres believes in the connection.
    private const string Patience = "set_config('idle_in_transaction_session_timeout', '10s', true)";

    /// <summary>
    /// Holds the operation until the end of the transaction: nobody takes it over while what is written under the fence is under way, and
    /// nothing is written once somebody has.
    /// </summary>
    /// <exception cref="FencedException">Somebody has.</exception>
    public static Task HoldAsync(Work work, Fence fence) => work.DoAsync(Hold(fence));

    /// <summary>As <see cref="HoldAsync"/>, together with what is written under it.</summary>
    public static Statement Hold(Fence fence) => new(
        // A share lock waits for whoever raises the epoch, and then sees it raised.
        $"select {Patience} from operations where id = @operation and epoch = @epoch for share", ("operation", fence.OperationId), ("epoch", fence.Epoch))
    {
        Row = row => _ = row ?? throw new FencedException(fence.OperationId),
    };

    /// <summary>An environment begins by being asked for.</summary>
    public Task BeginAsync(Work work, NewEnvironment environment) => work.Connection.ExecuteAsync(
        """
        insert into environments (id, name, target, state, owner_id, owner_name, team, golden_path, cidr, specification_version, services, monthly_cost, created_at, changed_at)
        values (@Id, @Name, @Target, 'Requested', @Subject, @Owner, @Team, @GoldenPath, @Cidr, 0, 0, 0, @now, @now)
        """,
        new { environment.Id, environment.Name, environment.Target, environment.Owner.Subject, Owner = environment.Owner.Name, environment.Team, environment.GoldenPath, environment.Cidr, now = clock.GetUtcNow() });

    /// <summary>
    /// Files a request with its plan and the plan's files. A new version of the specification becomes the environment's own only when it is
    /// carried out; the first one at once.
    /// </summary>
    public async Task<SubmittedRequest> SubmitAsync(Work work, NewRequest request, NewEvent said)
    {
        var now = clock.GetUtcNow();
        var id = request.Id;
        var version = await FileAsync(work.Connection, request.EnvironmentId, request.Specification, request.By, now);
        if (request.Kind == RequestKind.Create)
            await AdoptAsync(work.Connection, request.EnvironmentId, version, request.Specification, request.Work.Plan.Cost.Monthly);
        await KeepAsync(work.Connection, request.Work.Artifacts);
        var number = await work.Connection.ExecuteScalarAsync<long>(
            """
            insert into requests (id, kind, environment_id, specification_version, state, requested_by_id, requested_by_name, submitted_at, plan, plan_hash, facts)
            values (@id, @kind, @EnvironmentId, @version, 'Submitted', @Subject, @Name, @now, @plan::jsonb, @hash, @facts::jsonb)
            returning number
            """,
            new
            {
                id,
                kind = request.Kind.ToString(),
                request.EnvironmentId,
                version,
                request.By.Subject,
                request.By.Name,
                now,
                plan = request.Work.Plan.ToJson(),
                hash = request.Work.Plan.Hash,
                facts = request.Facts.ToJson(),
            });
        await (said with { Body = new { requestId = id, number, request.Kind, specificationVersion = version, planHash = request.Work.Plan.Hash, request.Facts, request.Turn } }).AppendAsync(work, now);
        await work.Connection.NotifyAsync(Channels.Request, id.ToString());
        return new SubmittedRequest(id, number, version, request.EnvironmentId, request.Work.Plan.Environment);
    }

    /// <summary>A request that waits goes on as another version with another plan, and waits from now on: of what was said of it before, nothing is left.</summary>
    /// <returns>The version's number.</returns>
    public async Task<int> ReviseAsync(Work work, RequestRevision revision)
    {
        var now = clock.GetUtcNow();
        var version = await FileAsync(work.Connection, revision.EnvironmentId, revision.Specification, revision.By, now);
        if (revision.Kind == RequestKind.Create)
            await AdoptAsync(work.Connection, revision.EnvironmentId, version, revision.Specification, revision.Work.Plan.Cost.Monthly);
        await KeepAsync(work.Connection, revision.Work.Artifacts);
        await work.Connection.ExecuteAsync(
            """
            update requests set specification_version = @version, plan = @plan::jsonb, plan_hash = @Hash, facts = @facts::jsonb, revised_at = @now,
              reminded_at = null, escalated_at = null, end_told_at = null
            where id = @RequestId and state = 'Submitted'
            """,
            new { version, plan = revision.Work.Plan.ToJson(), revision.Work.Plan.Hash, facts = revision.Facts.ToJson(), now, revision.RequestId });
        return version;
    }

    /// <returns>The number of the new version.</returns>
    private static Task<int> FileAsync(NpgsqlConnection connection, Guid environmentId, Specification specification, Actor by, DateTimeOffset now) => connection.ExecuteScalarAsync<int>(
        """
        with latest as (select coalesce(max(version), 0) as version from specifications where environment_id = @environmentId)
        insert into specifications (environment_id, version, document, created_by, created_at)
        select @environmentId, version + 1, @document::jsonb, @Name, @now from latest
        returning version
        """, new { environmentId, document = JsonSerializer.Serialize(specification, Specification.Json), by.Name, now });

    private static Task KeepAsync(NpgsqlConnection connection, IReadOnlyCollection<Artifact> artifacts) =>
        connection.ExecuteAsync("insert into artifacts (digest, name, body) values (@Digest, @Name, @Body) on conflict (digest) do nothing", artifacts);

    /// <summary>The version is what the environment is to be from now on.</summary>
    private static Task AdoptAsync(NpgsqlConnection connection, Guid environmentId, int version, Specification specification, decimal monthlyCost) => connection.ExecuteAsync(
        "update environments set specification_version = @version, cidr = @Cidr, services = @services, monthly_cost = @monthlyCost where id = @environmentId",
        new { environmentId, version, specification.Network.Cidr, services = specification.Services.Count, monthlyCost });

    /// <summary>Takes the operation over: raises its epoch, which fences out whoever had it.</summary>
    /// <param name="said">What to say of an operation that begins, and of one that goes on after an interruption.</param>
    /// <returns>The fence and whether somebody wants it cancelled; null where there is nothing to run any more.</returns>
    public async Task<(Fence Fence, bool IsCancelling)?> TakeOverAsync(Work work, Guid operationId, Func<bool, NewEvent> said)
    {
        var before = await work.Connection.ExecuteScalarAsync<string?>($"select state, {Patience} from operations where id = @operationId for update", new { operationId });
        if (before is null || !Enum.TryParse<OperationState>(before, out var state))
            return null;
        var to = state == OperationState.Cancelling ? OperationState.Cancelling : OperationState.Running;
        if (!Transitions.Allows(state, to))
            return null;
        var epoch = await work.Connection.ExecuteScalarAsync<long>("update operations set epoch = epoch + 1 where id = @operationId returning epoch", new { operationId });
        await ChangeAsync(work, new OperationMove(operationId, to), said(state == OperationState.Queued));
        return (new Fence(operationId, epoch), to == OperationState.Cancelling);
    }

    /// <returns>False where somebody has decided already.</returns>
    public async Task<bool> MoveAsync(Work work, RequestMove move)
    {
        var moved = await work.Connection.ExecuteAsync(
            "update requests set state = @to, decided_at = @now where id = @RequestId and state = any(@sources)",
            new { move.RequestId, to = move.To.ToString(), now = clock.GetUtcNow(), sources = Transitions.SourcesOf(move.To) }) == 1;
        if (!moved)
            return false;
        await Proposals.LapseAsync(work.Connection, move.RequestId, clock.GetUtcNow());
        await work.Connection.NotifyAsync(Channels.Request, move.RequestId.ToString());
        return true;
    }

    /// <summary>A request comes to nothing; only what never was goes with the request for it, whatever exists stays as it is.</summary>
    public async Task EndAsync(Work work, RequestMove move, Guid environmentId, RequestKind kind, NewEvent said)
    {
        await MoveAsync(work, move);
        if (kind == RequestKind.Create)
            await MoveEnvironmentAsync(work.Connection, environmentId, EnvironmentState.Rejected);
        await said.AppendAsync(work, clock.GetUtcNow());
    }

    /// <summary>Queues an operation with its steps and enqueues the job that has it run; or has it wait in line where another one is under way.</summary>
    /// <returns>Its id, or that of its place in the line; null where the environment is in no state for it, or another operation of it is under way and it cannot wait.</returns>
    public async Task<Guid?> QueueAsync(JobWork work, NewOperation operation, NewEvent said)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        // The row of the environment before anything else: of two who queue at once, the second finds what the first has made of it.
        await HoldEnvironmentAsync(work, operation.EnvironmentId);
        if (await work.Connection.ExecuteScalarAsync<bool>(
            "select exists (select from operations where environment_id = @EnvironmentId and state in ('Queued', 'Running', 'Cancelling'))", operation))
            return operation.Line is null ? null : await LineUpAsync(work, operation, said, now);
        if (!await MoveEnvironmentAsync(work.Connection, operation.EnvironmentId, Transitions.EnvironmentOf(operation.Kind, OperationState.Queued)))
            return null;
        if (operation.Adopt is { } adopted)
        {
            var version = adopted.Version ?? await FileAsync(work.Connection, operation.EnvironmentId, adopted.Specification, operation.By, now);
            await AdoptAsync(work.Connection, operation.EnvironmentId, version, adopted.Specification, operation.Plan.Cost.Monthly);
        }

        await KeepAsync(work.Connection, operation.Artifacts);
        await work.Connection.ExecuteAsync(
            """
            insert into operations (id, environment_id, request_id, kind, state, plan, plan_hash, specification_version, created_at, enqueued_at, by_id, by_name, by_kind)
            values (@id, @EnvironmentId, @RequestId, @kind, 'Queued', @plan::jsonb, @hash,
                    (select specification_version from environments where id = @EnvironmentId), @now, clock_timestamp(), @Subject, @Name, @byKind)
            """,
            new
            {
                id,
                operation.EnvironmentId,
                operation.RequestId,
                kind = operation.Kind.ToString(),
                plan = operation.Plan.ToJson(),
                hash = operation.Plan.Hash,
                now,
                operation.By.Subject,
                operation.By.Name,
                byKind = operation.By.Kind.ToString(),
            });
        await work.Connection.ExecuteAsync(
            """
            insert into steps (operation_id, name, ordinal, kind, action, title, service, state, expected_seconds)
            values (@id, @Name, @ordinal, @kind, @action, @Title, @Service, 'Pending', @expected)
            """,
            operation.Plan.Steps.Select((step, ordinal) => new
            {
                id,
                step.Name,
                ordinal,
                kind = step.Kind.ToString(),
                action = step.Action.ToString(),
                step.Title,
                step.Service,
                expected = step.Expected.Typical,
            }));
        await (said with
        {
            OperationId = id,
            Body = new { operation = operation.Kind, operation.RequestId, planHash = operation.Plan.Hash, steps = operation.Plan.Steps.Select(step => new { step.Name, step.Action, step.Kind, step.Service }) },
        }).AppendAsync(work, now);
        jobs.Enqueue(work, id);
        return id;
    }

    /// <summary>Until the end of the transaction, nobody else queues an operation of the environment.</summary>
    public static Task HoldEnvironmentAsync(Work work, Guid environmentId) =>
        work.Connection.ExecuteAsync("select from environments where id = @environmentId for update", new { environmentId });

    private static async Task<Guid?> LineUpAsync(Work work, NewOperation operation, NewEvent said, DateTimeOffset now)
    {
        int? version = operation.Adopt is { } adopted
            ? adopted.Version ?? await FileAsync(work.Connection, operation.EnvironmentId, adopted.Specification, operation.By, now)
            : null;
        await KeepAsync(work.Connection, operation.Artifacts);
        if (await WaitingLine.AddAsync(work.Connection, operation, version, said.Message, now) is not { } id)
            return null;
        await (said with { Message = $"{said.Message}; it waits until what is under way has ended", Body = new { operation = operation.Kind, waits = true } }).AppendAsync(work, now);
        return id;
    }

    /// <summary>Takes somebody's operation out of the line.</summary>
    /// <returns>False where it does not wait any more.</returns>
    public async Task<bool> WithdrawAsync(Work work, Guid waitingId, Actor by)
    {
        var row = await work.Connection.QuerySingleOrDefaultAsync<(Guid EnvironmentId, string Kind, string Sentence)?>(
            "delete from waiting_operations where id = @waitingId returning environment_id, kind, sentence", new { waitingId });
        if (row is not { } withdrawn)
            return false;
        await new NewEvent(by, withdrawn.EnvironmentId, null, null, "operation.withdrawn", EventSeverity.Info, $"{by.Name} took it out of the line: {withdrawn.Sentence}")
        { Body = new { operation = withdrawn.Kind } }.AppendAsync(work, clock.GetUtcNow());
        return true;
    }

    /// <summary>What waited has its turn when what it waited for has succeeded. After anything else it is dropped: nobody asked for it in such an environment.</summary>
    private async Task NextAsync(JobWork work, Guid environmentId, Guid ended, EnvironmentState state)
    {
        while (await WaitingLine.TakeAsync(work.Connection, environmentId) is { } due)
        {
            var why = $"the environment is {state.ToString().ToLowerInvariant()} now";
            if (state == due.EnvironmentState)
            {
                var head = Plan.FromJson((await work.Connection.ExecuteScalarAsync<string>("select plan::text from operations where id = @ended", new { ended }))!);
                var operation = await WaitingLine.WorkAsync(work.Connection, environmentId, due, head, CancellationToken.None);
                var begins = new NewEvent(due.By, environmentId, null, due.Step, "operation.begins", EventSeverity.Info, $"{due.Sentence}; its turn has come");
                if (operation is not null && await QueueAsync(work, operation, begins) is not null)
                    return;
                why = "what it is about is not there any more";
            }

            await new NewEvent(Actor.System, environmentId, null, due.Step, "operation.dropped", EventSeverity.Warning, $"Not done, because {why}: {due.Sentence}. Ask for it again if it is still wanted")
            { Body = new { operation = due.Kind, by = due.By.Name } }.AppendAsync(work, clock.GetUtcNow());
        }
    }

    /// <summary>Goes on with an operation that stands still: what failed, was skipped or was cancelled waits again.</summary>
    /// <returns>False where it does not stand still any more, or another operation of its environment is under way.</returns>
    public async Task<bool> RequeueAsync(JobWork work, Guid operationId, NewEvent said)
    {
        var moved = await MoveAsync(work, new OperationMove(operationId, OperationState.Queued), said);
        if (!moved)
            return false;
        await work.Connection.ExecuteAsync(
            """
            update steps set state = 'Pending', failure = null, started_at = null, finished_at = null
            where operation_id = @operationId and state = any(@sources)
            """, new { operationId, sources = Transitions.SourcesOf(StepState.Pending) });
        jobs.Enqueue(work, operationId);
        return true;
    }

    /// <returns>False where no legal transition leads there from where it is.</returns>
    public async Task<bool> MoveAsync(JobWork work, OperationMove move, NewEvent said)
    {
        if (await ChangeAsync(work, move, said) is not { } changed)
            return false;
        if (move.To.IsSettled())
            await NextAsync(work, changed.EnvironmentId, move.OperationId, changed.Environment);
        return true;
    }

    private async Task<(Guid EnvironmentId, EnvironmentState Environment)?> ChangeAsync(Work work, OperationMove move, NewEvent said)
    {
        var now = clock.GetUtcNow();
        var settled = move.To.IsSettled();
        var row = await work.Connection.QuerySingleOrDefaultAsync<(Guid EnvironmentId, string Kind)?>(
            """
            update operations set state = @to, failure = @failure::jsonb,
              started_at = case when @to = 'Running' then coalesce(started_at, @now) else started_at end,
              finished_at = case when @settled then @now end,
              owner = case when @settled or @to = 'Queued' then null else owner end,
              enqueued_at = case when @to = 'Queued' then clock_timestamp() else enqueued_at end
            where id = @OperationId and state = any(@sources)
            returning environment_id, kind
            """,
            new
            {
                move.OperationId,
                to = move.To.ToString(),
                settled,
                failure = move.Failure is null ? null : JsonSerializer.Serialize(move.Failure, Specification.Json),
                now,
                sources = move.From is { } from && Transitions.Allows(from, move.To) ? [from.ToString()] : Transitions.SourcesOf(move.To),
            });
        if (row is not { } operation)
            return null;
        var environment = Transitions.EnvironmentOf(Enum.Parse<OperationKind>(operation.Kind), move.To);
        if (!await MoveEnvironmentAsync(work.Connection, operation.EnvironmentId, environment))
            throw new InvalidOperationException($"Environment {operation.EnvironmentId} cannot become {environment} with operation {move.OperationId}.");
        await (said with { Body = new { operation = operation.Kind, state = move.To, environment, move.Failure } }).AppendAsync(work, now);
        return (operation.EnvironmentId, environment);
    }

    /// <summary>Moves a step, under the fence that <see cref="Hold"/> holds; with its event.</summary>
    /// <exception cref="FencedException">When they are done: no legal transition leads there from where it is now.</exception>
    public IReadOnlyList<Statement> Move(Work work, StepMove move, NewEvent said)
    {
        var now = clock.GetUtcNow();
        return
        [
            new(
                """
                update steps set state = @to,
                  attempt = coalesce(@attempt, attempt),
                  started_at = case when @to = 'Running' then coalesce(started_at, @now) else started_at end,
                  finished_at = case when @settled then @now end,
                  outputs = coalesce(@outputs::jsonb, outputs),
                  failure = @failure::jsonb,
                  waiting = case when @to = 'Running' then waiting end
                where operation_id = @operation and name = @step and state = any(@sources)
                returning true
                """,
                ("operation", move.OperationId),
                ("step", move.Step),
                ("to", move.To.ToString()),
                ("settled", move.To.IsSettled()),
                ("attempt", move.Attempt),
                ("outputs", move.Outputs is null ? null : JsonSerializer.Serialize(move.Outputs)),
                ("failure", move.Failure is null ? null : JsonSerializer.Serialize(move.Failure, Specification.Json)),
                ("now", now),
                ("sources", Transitions.SourcesOf(move.To)))
            {
                Row = row => _ = row ?? throw new FencedException(move.OperationId),
            },
            (said with { Body = new { state = move.To, move.Attempt, move.Failure } }).Append(work, now),
        ];
    }

    private static async Task<bool> MoveEnvironmentAsync(NpgsqlConnection connection, Guid environmentId, EnvironmentState to) =>
        await connection.ExecuteAsync(
            "update environments set state = @to where id = @environmentId and state = any(@sources)",
            new { environmentId, to = to.ToString(), sources = Transitions.SourcesOf(to) }) == 1;
}
