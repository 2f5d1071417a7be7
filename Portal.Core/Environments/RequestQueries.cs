using Dapper;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Core.Environments;

/// <summary>Requests, for the list, the inbox and the page of one.</summary>
public sealed class RequestQueries(IDbContextFactory<PortalDb> databases, NpgsqlDataSource database, StoredDocuments documents)
{
    /// <param name="state">Null for every state.</param>
    public async Task<Page<RequestSummary>> RequestsAsync(Actor actor, RequestState? state, int page, int pageSize, CancellationToken cancellationToken)
    {
        ReadModels.MayLook(actor);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        // The longest waiting first where a decision is due, else the newest first.
        const string where = "from requests where @state is null or state = @state";
        var order = state == RequestState.Submitted ? "submitted_at" : "number desc";
        var rows = $"""
            select r.id, r.number, r.kind, r.state, r.environment_id as environmentId, e.name as environment, e.target, r.requested_by_id as requestedById,
                   r.requested_by_name as requestedByName, r.submitted_at as submittedAt, r.decided_by_name as decidedByName, r.decided_at as decidedAt,
                   r.comment, r.monthly_cost as monthlyCost
            from (select * {where} order by {order} limit @size offset @skip) r join environments e on e.id = r.environment_id
            order by r.{order}
            """;
        pageSize = Math.Clamp(pageSize, 1, EnvironmentQueries.MaxPageSize);
        var arguments = new { state = state?.ToString(), size = pageSize, skip = Math.Max(0, page) * pageSize };
        var total = await connection.ExecuteScalarAsync<int>(new CommandDefinition($"select count(*)::int {where}", arguments, cancellationToken: cancellationToken));
        var found = await connection.QueryAsync<RequestRecord>(new CommandDefinition(rows, arguments, cancellationToken: cancellationToken));
        return new Page<RequestSummary>([.. found.Select(row => row.ToSummary())], total);
    }

    /// <summary>How many requests wait for a decision, for the badge in the header.</summary>
    public async Task<int> WaitingAsync(CancellationToken cancellationToken)
    {
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        return await context.Requests.CountAsync(row => row.State == RequestState.Submitted, cancellationToken);
    }

    /// <returns>Null where there is no such request.</returns>
    public async Task<RequestDetail?> RequestAsync(Actor actor, long number, CancellationToken cancellationToken)
    {
        ReadModels.MayLook(actor);
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        // One moment for all of it: the pieces must fit together.
        await using var moment = await context.Database.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        var found = await context.Requests.Where(row => row.Number == number).Select(row => new { row.Id, row.EnvironmentId }).FirstOrDefaultAsync(cancellationToken);
        if (found is null)
            return null;
        var request = await context.Requests.Where(row => row.Id == found.Id).Select(ReadModels.Request).FirstAsync(cancellationToken);
        var environments = context.Environments.Where(row => row.Id == found.EnvironmentId);
        return new RequestDetail(
            request,
            await environments.Select(ReadModels.Environment).FirstAsync(cancellationToken),
            await context.Targets.Where(row => environments.Any(environment => environment.Target == row.Name)).Select(ReadModels.Target).FirstAsync(cancellationToken),
            await documents.SpecificationAsync(context, found.EnvironmentId, request.SpecificationVersion, cancellationToken),
            await documents.PlanAsync(request.Id, request.PlanHash, context.Requests.Where(row => row.Id == found.Id).Select(row => row.Plan), cancellationToken));
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
        public string? DecidedByName { get; init; }
        public DateTime? DecidedAt { get; init; }
        public string? Comment { get; init; }
        public decimal MonthlyCost { get; init; }

        public RequestSummary ToSummary() => new(
            Id, Number, Enum.Parse<RequestKind>(Kind), Enum.Parse<RequestState>(State), EnvironmentId, Environment, Target, RequestedById, RequestedByName,
            new DateTimeOffset(SubmittedAt, TimeSpan.Zero), DecidedByName, DecidedAt is { } decided ? new DateTimeOffset(decided, TimeSpan.Zero) : null, Comment, MonthlyCost);
    }
}
