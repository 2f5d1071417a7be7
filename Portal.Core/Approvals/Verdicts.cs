using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Security;

namespace Portal.Core.Approvals;

/// <summary>The verdicts on requests: rows that are written once.</summary>
internal static class Verdicts
{
    private const string Columns =
        "request_id as RequestId, group_id as GroupId, verdict = 'Approve' as Approves, by_id as ById, by_name as ByName, for_id as ForId, for_name as ForName, comment as Comment, plan_hash as PlanHash, decided_at as DecidedAt";

    /// <returns>Oldest first.</returns>
    public static async Task<IReadOnlyList<GivenVerdict>> ReadAsync(NpgsqlConnection connection, params Guid[] requests)
    {
        var rows = await connection.QueryAsync<Row>($"select {Columns} from approvals where request_id = any(@requests) order by number", new { requests });
        return [.. rows.Select(row => new GivenVerdict(row.RequestId, row.GroupId, row.Approves, row.ById, row.ByName, row.Comment, row.PlanHash, new DateTimeOffset(row.DecidedAt, TimeSpan.Zero)) { ForId = row.ForId, ForName = row.ForName })];
    }

    /// <param name="policy">Digest of the rules that it was decided by.</param>
    public static Task AddAsync(Work work, Actor by, GivenVerdict given, string policy) => work.Connection.ExecuteAsync(
        """
        insert into approvals (id, request_id, group_id, verdict, by_id, by_name, by_kind, for_id, for_name, comment, plan_hash, policy, decided_at)
        values (@id, @RequestId, @Group, @verdict, @Subject, @Name, @kind, @ForId, @ForName, @Comment, @PlanHash, @policy, @At)
        """,
        new
        {
            id = Guid.CreateVersion7(given.At),
            given.RequestId,
            given.Group,
            verdict = given.Approves ? "Approve" : "Reject",
            by.Subject,
            by.Name,
            kind = by.Kind.ToString(),
            given.ForId,
            given.ForName,
            given.Comment,
            given.PlanHash,
            policy,
            given.At,
        });

    private sealed record Row
    {
        public Guid RequestId { get; init; }
        public string? GroupId { get; init; }
        public bool Approves { get; init; }
        public string ById { get; init; } = "";
        public string ByName { get; init; } = "";
        public string? ForId { get; init; }
        public string? ForName { get; init; }
        public string? Comment { get; init; }
        public string PlanHash { get; init; } = "";
        public DateTime DecidedAt { get; init; }
    }
}
