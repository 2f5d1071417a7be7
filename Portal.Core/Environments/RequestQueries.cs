using Dapper;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Core.Approvals;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Teams;

namespace Portal.Core.Environments;

/// <summary>Requests, for the list, the inbox and the page of one.</summary>
public sealed class RequestQueries(IDbContextFactory<PortalDb> databases, NpgsqlDataSource database, StoredDocuments documents, StepDurations durations, ApprovalPolicy policy, Sight sight, TimeProvider clock)
{
    private const string Where = $"""
        from requests r join environments e on e.id = r.environment_id
        where {Seen.Sql}
          and (@state is null or r.state = @state)
          and (@target is null or e.target = @target)
          and (@requester is null or r.requested_by_id = @requester)
          and (@search is null or position(@search in e.name) > 0)
          and (@before::bigint is null or r.number < @before)
        """;

    // In the list of what is selected, so that it is looked for of the page's rows alone.
    private const string LastVerdict = "from approvals where request_id = r.id and r.decided_at is not null order by number desc limit 1";

    private static readonly Dictionary<RequestSort, string> Columns = new()
    {
        [RequestSort.Number] = "r.number",
        [RequestSort.Environment] = "e.name",
        [RequestSort.State] = "r.state",
        [RequestSort.Target] = "e.target",
        [RequestSort.Asked] = "r.submitted_at",
        [RequestSort.By] = "r.requested_by_name",
        [RequestSort.Decided] = "r.decided_at",
        [RequestSort.Cost] = "r.monthly_cost",
    };

    public async Task<Page<RequestSummary>> RequestsAsync(Actor actor, RequestFilter filter, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        // Of the plan only its cost leaves the database.
        var rows = $"""
            select r.id, r.number, r.kind, r.state, r.environment_id as environmentId, e.name as environment, e.target, r.requested_by_id as requestedById,
                   r.requested_by_name as requestedByName, r.submitted_at as submittedAt, coalesce(r.revised_at, r.submitted_at) as waitsSince,
                   case r.state when 'Withdrawn' then r.requested_by_name when 'Expired' then null else (select by_name || coalesce(' for ' || for_name, '') {LastVerdict}) end as decidedByName, r.decided_at as decidedAt,
                   case r.state when 'Expired' then null else (select comment {LastVerdict}) end as comment, r.monthly_cost as monthlyCost, r.plan_hash as planHash, r.facts::text as facts
            {Where} order by {Order(filter)} limit @size offset @skip
            """;
        var arguments = new DynamicParameters(new
        {
            seen = (await sight.OfAsync(connection, actor)).Teams,
            state = filter.State?.ToString(),
            target = filter.Target,
            requester = filter.Mine ? actor.Subject : null,
            search = PageWindow.Search(filter.Search),
            before = filter.Before,
        });
        var page = await new PageWindow(filter.Page, filter.PageSize).ReadAsync<RequestRecord, RequestRecord>(
            connection, $"select count(*)::int {Where}", rows, arguments, row => row, cancellationToken);
        var waiting = page.Rows.Where(row => row.State == nameof(RequestState.Submitted)).Select(row => row.Id).ToArray();
        var verdicts = (waiting.Length == 0 ? [] : await Verdicts.ReadAsync(connection, waiting)).ToLookup(verdict => verdict.RequestId);
        var questions = waiting.Length == 0 ? null : await RequestComments.OpenAsync(connection, waiting);
        var proposals = waiting.Length == 0 ? null : await Proposals.CountingAsync(connection, waiting);
        var known = waiting.Length == 0 ? [] : await KnownApprovers.ReadAsync(connection, policy, clock.GetUtcNow());
        var standIns = waiting.Length == 0 ? [] : await DelegationQueries.StandInsAsync(connection, actor, clock.GetUtcNow());
        return new Page<RequestSummary>([.. page.Rows.Select(row =>
        {
            var facts = row.Facts is null ? null : RequestFacts.FromJson(row.Facts);
            var progress = row.State == nameof(RequestState.Submitted)
                ? ApprovalProgress.Of(policy, facts, verdicts[row.Id], row.PlanHash, new DateTimeOffset(row.WaitsSince, TimeSpan.Zero), clock.GetUtcNow(), [.. proposals![row.Id].Where(one => !one.IsOpen)]).Knowing(known, row.RequestedById)
                : null;
            return row.ToSummary() with
            {
                Progress = progress,
                Questions = questions?.GetValueOrDefault(row.Id),
                Proposal = proposals?[row.Id].FirstOrDefault(one => one.IsOpen),
                PlanHash = row.PlanHash,
                Facts = facts,
                MayDecide = progress?.VoiceOf(actor, standIns, row.RequestedById, clock.GetUtcNow()) is { Refused: null },
            };
        })], page.Total, page.Number);
    }

    /// <summary>What was said about a request: the newest page is the first, and each reads from its oldest entry on.</summary>
    /// <param name="page">From 0; beyond the last it is the last.</param>
    public async Task<Conversation> ConversationAsync(Actor actor, Guid request, int page, int pageSize, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await sight.MustSeeAsync(connection, actor, await connection.ExecuteScalarAsync<Guid>("select environment_id from requests where id = @request", new { request }));
        var read = await new PageWindow(page, pageSize).ReadAsync<RequestComments.Row, RequestComment>(
            connection, RequestComments.Count, RequestComments.Rows, new DynamicParameters(new { request }), row => row.ToComment(), cancellationToken);
        return new Conversation([.. read.Rows.Reverse()], read.Total, read.Number, (await RequestComments.OpenAsync(connection, request)).GetValueOrDefault(request));
    }

    /// <summary>What the rules of approval say of something that is not filed yet.</summary>
    /// <param name="asked">Of what there is already, what it is.</param>
    /// <param name="environment">What there is already; null for a creation.</param>
    public async Task<ApprovalNeeds> NeedsAsync(Actor actor, RequestKind kind, Specification specification, Plan plan, AskedFor asked, Guid? environment, bool losesData, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return ApprovalNeeds.Of(policy, await RequestFacts.OfAsync(connection, kind, specification, plan, new Ownership(specification.Environment, actor.TeamOr(asked.Team)).TeamsOf(actor), asked.GoldenPath, environment, losesData));
    }

    private ApprovalProgress Progress(string? facts, IEnumerable<GivenVerdict> given, string planHash, DateTimeOffset waitsSince, IEnumerable<Proposal> proposals) => ApprovalProgress.Of(
        policy, facts is null ? null : RequestFacts.FromJson(facts), given, planHash, waitsSince, clock.GetUtcNow(), [.. proposals.Where(one => one.Outcome == ProposalOutcome.Accepted)]);

    private static string Order(RequestFilter filter) => filter switch
    {
        { Sort: { } sort } => $"{Columns[sort]} {(filter.Descending ? "desc" : "asc")} nulls last, r.number desc",
        { State: RequestState.Submitted } => "r.submitted_at, r.number",
        _ => "r.number desc",
    };

    /// <summary>How many requests wait for a decision, for the badge in the header.</summary>
    public async Task<int> WaitingAsync(CancellationToken cancellationToken)
    {
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        return await context.Requests.CountAsync(row => row.State == RequestState.Submitted, cancellationToken);
    }

    /// <returns>Null where there is no such request, or none that the actor sees.</returns>
    public async Task<RequestDetail?> RequestAsync(Actor actor, long number, CancellationToken cancellationToken)
    {
        if (await ReadAsync(actor, number, cancellationToken) is not (var detail, var there))
            return null;
        // With the connection above given back; an approver is shown the times that the engineer was.
        return detail with
        {
            There = there,
            Plan = await durations.ExpectAsync(detail.Plan, detail.Target.Pace, there, cancellationToken),
            Accuracy = await durations.AccuracyAsync(detail.Target.Name, cancellationToken),
        };
    }

    private async Task<(RequestDetail Detail, IReadOnlySet<string> There)?> ReadAsync(Actor actor, long number, CancellationToken cancellationToken)
    {
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        // One moment for all of it: the pieces must fit together.
        await using var moment = await context.Database.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        var found = await context.Requests.Where(row => row.Number == number).Select(row => new { row.Id, row.EnvironmentId, row.Facts, row.RevisedAt }).FirstOrDefaultAsync(cancellationToken);
        var connection = context.Connection();
        if (found is null || !await sight.SeesAsync(connection, actor, found.EnvironmentId))
            return null;
        var request = await context.Requests.Where(row => row.Id == found.Id).Select(ReadModels.Request).FirstAsync(cancellationToken);
        var environments = context.Environments.Where(row => row.Id == found.EnvironmentId);
        var verdicts = await Verdicts.ReadAsync(connection, found.Id);
        var proposals = await Proposals.ReadAsync(connection, found.Id);
        var questions = request.State == RequestState.Submitted
            ? (await RequestComments.OpenAsync(connection, found.Id)).GetValueOrDefault(found.Id)
            : null;
        var there = await context.Deployments.Where(row => row.EnvironmentId == found.EnvironmentId).Select(row => row.Step).ToListAsync(cancellationToken);
        var detail = new RequestDetail(
            request,
            await environments.Select(ReadModels.Environment).FirstAsync(cancellationToken),
            await context.Targets.Where(row => environments.Any(environment => environment.Target == row.Name)).Select(ReadModels.Target).FirstAsync(cancellationToken),
            await documents.SpecificationAsync(context, found.EnvironmentId, request.SpecificationVersion, cancellationToken),
            await documents.PlanAsync(request.Id, request.PlanHash, context.Requests.Where(row => row.Id == found.Id).Select(row => row.Plan), cancellationToken))
        {
            Progress = Progress(found.Facts, verdicts, request.PlanHash, found.RevisedAt ?? request.SubmittedAt, proposals)
                .Knowing(request.State == RequestState.Submitted ? await KnownApprovers.ReadAsync(connection, policy, clock.GetUtcNow()) : [], request.RequestedById),
            Facts = found.Facts is null ? null : RequestFacts.FromJson(found.Facts),
            Proposals = proposals,
            Proposed = proposals.FirstOrDefault(one => one.IsOpen) is { } open ? await ProposedAsync(connection, open) : null,
            Verdicts = verdicts,
            Questions = questions,
            StandIns = await DelegationQueries.StandInsAsync(connection, actor, clock.GetUtcNow()),
        };
        return (detail, there.ToHashSet(StringComparer.Ordinal));
    }

    private async Task<OpenProposal> ProposedAsync(NpgsqlConnection connection, Proposal open)
    {
        var proposed = (await Proposals.FindAsync(connection, open.RequestId, open.Number))!;
        return new OpenProposal(proposed, ApprovalNeeds.Of(policy, proposed.Facts));
    }

    private sealed class RequestRecord
    {
        public Guid Id { get; init; }
        public long Number { get; init; }
        public string Kind { get; init; } = "";
        public string State { get; init; } = "";
        public Guid EnvironmentId { get; init; }
        public string Environment { get; init; } = "";
        public string Target { get; init; } = "";
        public string RequestedById { get; init; } = "";
        public string RequestedByName { get; init; } = "";
        public DateTime SubmittedAt { get; init; }
        public DateTime WaitsSince { get; init; }
        public string? DecidedByName { get; init; }
        public DateTime? DecidedAt { get; init; }
        public string? Comment { get; init; }
        public decimal MonthlyCost { get; init; }
        public string PlanHash { get; init; } = "";
        public string? Facts { get; init; }

        public RequestSummary ToSummary() => new(
            Id, Number, Enum.Parse<RequestKind>(Kind), Enum.Parse<RequestState>(State), EnvironmentId, Environment, Target, RequestedById, RequestedByName,
            new DateTimeOffset(SubmittedAt, TimeSpan.Zero), DecidedByName, DecidedAt is { } decided ? new DateTimeOffset(decided, TimeSpan.Zero) : null, Comment, MonthlyCost);
    }
}
