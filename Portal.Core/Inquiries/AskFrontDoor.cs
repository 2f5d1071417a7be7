using Dapper;
using Npgsql;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Teams;

namespace Portal.Core.Inquiries;

/// <summary>What the job of such a request calls, in whichever worker takes it.</summary>
public interface IAnswerDoorRequest
{
    /// <summary>Sends it, once, and writes what came of it; does nothing where another worker has taken it, or nobody waits for it any more.</summary>
    Task RunAsync(Guid inquiryId, CancellationToken cancellationToken);
}

/// <summary>There is no front door to ask.</summary>
public sealed record DoorAway(string What) : Refusal("door_away", What);

/// <summary>
/// Sends one request through an environment's front door, as a client from outside would: to the address that its own stacks gave, and to no other.
/// It bears nobody's credentials: those that a person typed would stand in the database, and the portal has none of its own.
/// </summary>
public sealed class AskFrontDoor(NpgsqlDataSource database, Transactions transactions, OperationJobs jobs, TimeProvider clock)
{
    /// <summary>What no worker has taken by then is not sent any more: whoever asked has turned to something else.</summary>
    public static readonly TimeSpan TakenWithin = TimeSpan.FromSeconds(15);

    /// <summary>Nobody waits for an answer for longer: API Gateway itself gives up after 29 s.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Of one person within <see cref="ReadPodLog.Kept"/>.</summary>
    public const int MostAPerson = 30;

    /// <summary>Of all people: one that hangs keeps a worker's thread, of which operations are begun too.</summary>
    public const int MostAtOnce = 2;

    /// <returns>The inquiry; or <see cref="NotAllowed"/>, <see cref="InvalidSpecification"/>, <see cref="NotFound"/>, <see cref="DoorAway"/>, <see cref="TooManyInquiries"/>.</returns>
    public async Task<Outcome<Guid>> AskAsync(Actor actor, Guid environmentId, DoorRequest request, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not send requests. Ask for the role {Roles.Engineer}.");
        if (DoorRequestRules.Check(request) is { Count: > 0 } faults)
            return new InvalidSpecification(faults);
        return await transactions.DoWithJobsAsync<Outcome<Guid>>(async work =>
        {
            if (await Ownership.RefusalAsync(work.Connection, actor, environmentId) is { } refusal)
                return refusal;
            var now = clock.GetUtcNow();
            if (await WhyNotAsync(work.Connection, environmentId) is { } why)
                return why;
            if (await InquiryRows.CountAsync(work.Connection, actor, InquiryKind.DoorRequest, now - ReadPodLog.Kept) >= MostAPerson)
                return new TooManyInquiries($"{MostAPerson} requests in {ReadPodLog.Kept.TotalMinutes:0} minutes are as many as one person sends from here. Wait a moment, or copy the request as curl.");
            if (await UnderWayAsync(work.Connection, now) >= MostAtOnce)
                return new TooManyInquiries("Others' requests are under way and not answered yet. Send it again in a moment.");
            var id = await InquiryRows.AddAsync(work, actor, environmentId, InquiryKind.DoorRequest, request.Subject, request, now);
            jobs.Enqueue<IAnswerDoorRequest>(work, JobStorageSettings.DefaultQueue, answer => answer.RunAsync(id, CancellationToken.None));
            return id;
        }, outcome => !outcome.IsRefused, cancellationToken);
    }

    /// <inheritdoc cref="InquiryRows.FindAsync"/>
    public Task<DoorReply?> FindAsync(Actor actor, Guid inquiryId, CancellationToken cancellationToken) =>
        InquiryRows.FindAsync<DoorReply>(database, actor, InquiryKind.DoorRequest, inquiryId, cancellationToken);

    private static async Task<Refusal?> WhyNotAsync(NpgsqlConnection connection, Guid environmentId)
    {
        var found = await connection.QuerySingleOrDefaultAsync<(string State, bool HasRoutes, bool IsAsleep)?>(
            """
            select e.state,
                   exists (select from deployments d where d.environment_id = e.id and d.step = @routes and d.outputs ->> 'ApiUrl' is not null),
                   exists (select from deployments d where d.environment_id = e.id and d.asleep)
            from environments e where e.id = @environmentId
            """, new { environmentId, routes = StepNames.EdgeRoutes });
        if (found is not var (state, hasRoutes, isAsleep))
            return new NotFound("There is no such environment any more.");
        return FrontDoor.WhyNot(Enum.Parse<EnvironmentState>(state), hasRoutes, isAsleep) is { } why ? new DoorAway(why) : null;
    }

    // What no worker takes is nobody's burden for long; what a worker that died had taken, for as long as it could have.
    private static Task<int> UnderWayAsync(NpgsqlConnection connection, DateTimeOffset now) => connection.ExecuteScalarAsync<int>(
        "select count(*)::int from inquiries where kind = @kind and answered_at is null and (taken_at > @sent or taken_at is null and asked_at > @asked)",
        new { kind = nameof(InquiryKind.DoorRequest), sent = now - Patience, asked = now - TakenWithin });
}
