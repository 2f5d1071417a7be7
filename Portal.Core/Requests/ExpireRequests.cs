using System.Runtime.CompilerServices;
using Dapper;
using Npgsql;
using Portal.Core.Approvals;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Core.Requests;

/// <summary>It has waited longer than the rules let it.</summary>
public sealed record RequestExpired(int Days) : Refusal("request_expired", $"This request waited for {Days} days and has expired. Whoever asked can edit it and ask again.");

/// <summary>
/// Ends what has waited for a decision longer than the rules let it: who asked has gone on, and what exists is not what it was. What a sweep
/// has not come to yet ends with the next decision on it.
/// </summary>
public sealed class ExpireRequests(NpgsqlDataSource database, Transactions transactions, Lifecycle lifecycle, ApprovalPolicy policy, TimeProvider clock)
{
    /// <summary>As many as are read at once; a sweep goes on until it has been through all that are due.</summary>
    internal int PageSize { get; init; } = 200;

    /// <returns>How many ended.</returns>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var ended = 0;
        await foreach (var id in DueAsync(clock.GetUtcNow().AddDays(-policy.WaitsDays), cancellationToken))
        {
            if (await transactions.DoAsync(async work => await FoundRequest.HoldAsync(work.Connection, id) is { } request && await EndAsync(work, request), cancellationToken))
                ended++;
        }

        return ended;
    }

    /// <param name="request">As its row is held.</param>
    /// <returns>Whether it has expired, and has ended with that.</returns>
    internal async Task<bool> EndAsync(Work work, FoundRequest request)
    {
        if (request.State != RequestState.Submitted || clock.GetUtcNow() < policy.EndOf(request.WaitsSince))
            return false;
        await lifecycle.EndAsync(
            work, new RequestMove(request.Id, RequestState.Expired), request.EnvironmentId, request.Kind,
            new NewEvent(Actor.System, request.EnvironmentId, null, null, "request.expired", EventSeverity.Warning, $"The request expired: it waited {policy.WaitsDays} days for a decision")
            { Body = new { requestId = request.Id, policy = policy.Digest } });
        return true;
    }

    // By id, so that one that cannot be ended keeps nobody from their turn.
    private async IAsyncEnumerable<Guid> DueAsync(DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var after = Guid.Empty;
        while (true)
        {
            List<Guid> page;
            await using (var connection = await database.OpenConnectionAsync(cancellationToken))
            {
                page = (await connection.QueryAsync<Guid>(new CommandDefinition(
                    "select id from requests where state = 'Submitted' and coalesce(revised_at, submitted_at) <= @before and id > @after order by id limit @PageSize",
                    new { before, after, PageSize }, cancellationToken: cancellationToken))).AsList();
            }

            foreach (var id in page)
                yield return id;
            if (page.Count < PageSize)
                yield break;
            after = page[^1];
        }
    }
}
