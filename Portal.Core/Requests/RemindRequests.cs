using System.Runtime.CompilerServices;
using Dapper;
using Npgsql;
using Portal.Core.Approvals;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Core.Requests;

/// <summary>
/// Says again that requests wait: to those whose turn it is, each time as long as the rules let pass; to whoever a stage is passed on to; and to
/// whoever asked, before the end. It only writes events, from which people are told; each in a transaction that holds the request, so that
/// any number of portals say nothing twice.
/// </summary>
public sealed class RemindRequests(NpgsqlDataSource database, Transactions transactions, ApprovalPolicy policy, TimeProvider clock)
{
    /// <summary>As many as are read at once; a sweep goes on until it has been through all that may be due.</summary>
    internal int PageSize { get; init; } = 200;

    /// <returns>How much was said.</returns>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var said = 0;
        await foreach (var id in DueAsync(cancellationToken))
            said += await transactions.DoAsync(work => RemindAsync(work, id), cancellationToken);
        return said;
    }

    private async Task<int> RemindAsync(Work work, Guid id)
    {
        if (await FoundRequest.HoldAsync(work.Connection, id) is not { State: RequestState.Submitted } request)
            return 0;
        var now = clock.GetUtcNow();
        var changedBy = await Proposals.AcceptedAsync(work.Connection, id);
        var progress = ApprovalProgress.Of(policy, request.Facts, await Verdicts.ReadAsync(work.Connection, id), request.PlanHash, request.WaitsSince, now, changedBy).Knowing(await KnownApprovers.ReadAsync(work.Connection, policy, now), request.RequestedById);
        // Its end comes with the next sweep of those that have expired.
        if (now >= progress.ExpiresAt || progress.Turn is not { Since: { } since } turn)
            return 0;
        var (reminded, escalated, endTold) = await work.Connection.QuerySingleAsync<(DateTime? Reminded, DateTime? Escalated, DateTime? EndTold)>(
            "select reminded_at, escalated_at, end_told_at from requests where id = @id", new { id });
        var said = 0;
        if (turn.Stage.Escalation is (var hours, var other) && now - since >= TimeSpan.FromHours(hours) && !(Of(escalated) >= since))
        {
            await SayAsync("request.escalated", "escalated_at", $"Nobody of {turn.Stage.Group.Title} has decided within {hours} hours; {other.Title} may now",
                new { requestId = id, turn = new[] { other }, changedBy = progress.Changers, from = turn.Stage.Group.Title, hours });
        }

        if (now - Latest(since, Of(reminded)) >= TimeSpan.FromHours(policy.RemindsHours))
        {
            var open = progress.Open(now);
            await SayAsync("request.reminder", "reminded_at", $"{string.Join(" and ", open.Select(group => group.Title))} {(open.Count == 1 ? "was" : "were")} reminded that the request waits",
                new { requestId = id, turn = open, changedBy = progress.Changers, waitedDays = Math.Max(1, (int)(now - request.WaitsSince).TotalDays), expires = progress.ExpiresAt });
        }

        if (endTold is null && progress.ExpiresAt - now <= TimeSpan.FromDays(policy.WarnsDays))
            await SayAsync("request.expiring", "end_told_at", $"{request.RequestedByName} was told that the request expires soon", new { requestId = id, expires = progress.ExpiresAt });
        return said;

        async Task SayAsync(string kind, string column, string sentence, object body)
        {
            await work.Connection.ExecuteAsync($"update requests set {column} = @now where id = @id", new { now, id });
            await new NewEvent(Actor.System, request.EnvironmentId, null, null, kind, EventSeverity.Info, sentence) { Body = body }.AppendAsync(work, now);
            said++;
        }
    }

    // What may be due, by what needs no rules; by id, so that none keeps another from its turn.
    private async IAsyncEnumerable<Guid> DueAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var soonest = policy.Rules.SelectMany(rule => rule.Stages).Concat(policy.Otherwise).Select(stage => stage.Escalation?.AfterHours).Min();
        var after = Guid.Empty;
        while (true)
        {
            List<Guid> page;
            await using (var connection = await database.OpenConnectionAsync(cancellationToken))
            {
                page = (await connection.QueryAsync<Guid>(new CommandDefinition(
                    """
                    select id from requests where state = 'Submitted' and id > @after and (
                      coalesce(reminded_at, revised_at, submitted_at) <= @remindedBefore
                      or end_told_at is null and coalesce(revised_at, submitted_at) <= @endsFrom
                      or coalesce(revised_at, submitted_at) <= @escalatesFrom and (escalated_at is null or escalated_at <= @escalatesFrom))
                    order by id limit @PageSize
                    """,
                    new
                    {
                        after,
                        remindedBefore = now.AddHours(-policy.RemindsHours),
                        endsFrom = now.AddDays(policy.WarnsDays - policy.WaitsDays),
                        escalatesFrom = soonest is { } hours ? now.AddHours(-hours) : DateTimeOffset.UnixEpoch,
                        PageSize,
                    }, cancellationToken: cancellationToken))).AsList();
            }

            foreach (var id in page)
                yield return id;
            if (page.Count < PageSize)
                yield break;
            after = page[^1];
        }
    }

    private static DateTimeOffset? Of(DateTime? at) => at is { } time ? new DateTimeOffset(time, TimeSpan.Zero) : null;

    private static DateTimeOffset Latest(DateTimeOffset since, DateTimeOffset? reminded) => reminded > since ? reminded.Value : since;
}
