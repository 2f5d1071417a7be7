using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Approvals;

/// <summary>The proposals to requests: rows that are written once and ended once, both under the request's row.</summary>
internal static class Proposals
{
    private const string Columns = """
        number as Number, request_id as RequestId, by_id as ById, by_name as ByName, for_id as ForId, for_name as ForName, reason as Reason, proposed_at as ProposedAt,
        outcome as Outcome, ended_at as EndedAt, ended_by_id as EndedById, ended_by_name as EndedByName, comment as Comment
        """;

    /// <returns>Oldest first.</returns>
    public static async Task<IReadOnlyList<Proposal>> ReadAsync(NpgsqlConnection connection, Guid request) =>
        [.. (await connection.QueryAsync<Row>($"select {Columns} from proposals where request_id = @request order by number", new { request })).Select(row => row.ToProposal())];

    /// <summary>Of several requests those that are open or were accepted: who is waited for, and who decides no more.</summary>
    public static async Task<ILookup<Guid, Proposal>> CountingAsync(NpgsqlConnection connection, params Guid[] requests) =>
        (await connection.QueryAsync<Row>($"select {Columns} from proposals where request_id = any(@requests) and (outcome is null or outcome = 'Accepted') order by number", new { requests }))
        .Select(row => row.ToProposal()).ToLookup(one => one.RequestId);

    /// <returns>Those that made the request what it is; oldest first.</returns>
    public static async Task<IReadOnlyList<Proposal>> AcceptedAsync(NpgsqlConnection connection, Guid request) =>
        [.. (await CountingAsync(connection, request))[request].Where(one => !one.IsOpen)];

    /// <returns>Null where the request has no such proposal.</returns>
    public static async Task<ProposedChange?> FindAsync(NpgsqlConnection connection, Guid request, long number)
    {
        var row = await connection.QuerySingleOrDefaultAsync<Row>(
            $"select {Columns}, document::text as Document, plan::text as Plan, facts::text as Facts from proposals where request_id = @request and number = @number", new { request, number });
        return row is null ? null : new ProposedChange(
            row.ToProposal(), JsonSerializer.Deserialize<Specification>(row.Document, Specification.Json) ?? throw new InvalidDataException("The stored proposal is empty."),
            Provisioning.Plan.FromJson(row.Plan), RequestFacts.FromJson(row.Facts));
    }

    /// <returns>The number of what that person has sent under this id before; null for nothing.</returns>
    public static Task<long?> SentAsync(NpgsqlConnection connection, Guid id, Guid request, Actor by) => connection.ExecuteScalarAsync<long?>(
        "select number from proposals where id = @id and request_id = @request and by_id = @Subject", new { id, request, by.Subject });

    /// <param name="wanted">Its number does not count.</param>
    /// <returns>Its number.</returns>
    public static Task<long> AddAsync(Work work, Guid id, Actor by, ProposedChange wanted) => work.Connection.ExecuteScalarAsync<long>(
        """
        insert into proposals (id, request_id, by_id, by_name, by_kind, for_id, for_name, reason, document, plan, plan_hash, facts, proposed_at)
        values (@id, @RequestId, @ById, @ByName, @kind, @ForId, @ForName, @Reason, @document::jsonb, @plan::jsonb, @hash, @facts::jsonb, @At) returning number
        """,
        new
        {
            id,
            wanted.Proposal.RequestId,
            wanted.Proposal.ById,
            wanted.Proposal.ByName,
            kind = by.Kind.ToString(),
            wanted.Proposal.ForId,
            wanted.Proposal.ForName,
            wanted.Proposal.Reason,
            document = JsonSerializer.Serialize(wanted.Specification, Specification.Json),
            plan = wanted.Plan.ToJson(),
            hash = wanted.Plan.Hash,
            facts = wanted.Facts.ToJson(),
            wanted.Proposal.At,
        });

    /// <param name="comment">Why it is declined.</param>
    public static Task EndAsync(Work work, Proposal proposal, ProposalOutcome outcome, Actor by, string? comment, DateTimeOffset at) => work.Connection.ExecuteAsync(
        """
        update proposals set outcome = @outcome, ended_at = @at, ended_by_id = @Subject, ended_by_name = @Name, comment = @comment
        where request_id = @RequestId and number = @Number and outcome is null
        """, new { outcome = outcome.ToString(), at, by.Subject, by.Name, comment, proposal.RequestId, proposal.Number });

    /// <summary>Whatever is open has no answer any more.</summary>
    /// <returns>Its number; null where none was open.</returns>
    public static Task<long?> LapseAsync(NpgsqlConnection connection, Guid request, DateTimeOffset at) => connection.ExecuteScalarAsync<long?>(
        "update proposals set outcome = 'Lapsed', ended_at = @at where request_id = @request and outcome is null returning number", new { request, at });

    private sealed record Row
    {
        public long Number { get; init; }
        public Guid RequestId { get; init; }
        public string ById { get; init; } = "";
        public string ByName { get; init; } = "";
        public string? ForId { get; init; }
        public string? ForName { get; init; }
        public string Reason { get; init; } = "";
        public DateTime ProposedAt { get; init; }
        public ProposalOutcome? Outcome { get; init; }
        public DateTime? EndedAt { get; init; }
        public string? EndedById { get; init; }
        public string? EndedByName { get; init; }
        public string? Comment { get; init; }
        public string Document { get; init; } = "";
        public string Plan { get; init; } = "";
        public string Facts { get; init; } = "";

        public Proposal ToProposal() => new(Number, RequestId, ById, ByName, Reason, new DateTimeOffset(ProposedAt, TimeSpan.Zero))
        {
            ForId = ForId,
            ForName = ForName,
            Outcome = Outcome,
            EndedAt = EndedAt is { } ended ? new DateTimeOffset(ended, TimeSpan.Zero) : null,
            EndedById = EndedById,
            EndedByName = EndedByName,
            Comment = Comment,
        };
    }
}
