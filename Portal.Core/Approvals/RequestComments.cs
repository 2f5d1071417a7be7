using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Security;

namespace Portal.Core.Approvals;

public enum CommentKind
{
    /// <summary>An approver's, to the requester; it waits until it is answered.</summary>
    Question,

    /// <summary>The requester's, to all questions that were on their screen.</summary>
    Answer,

    /// <summary>Anybody's; nobody waits for anything.</summary>
    Comment,
}

/// <summary>One entry of the conversation about a request.</summary>
/// <param name="Number">Rises within a request, with gaps.</param>
/// <param name="IsOpen">A question that has no answer yet.</param>
public sealed record RequestComment(long Number, CommentKind Kind, string ById, string ByName, string Text, DateTimeOffset At, bool IsOpen);

/// <summary>What the requester has not answered yet.</summary>
/// <param name="Since">When the oldest of them was asked.</param>
/// <param name="ByName">Who asked that.</param>
public sealed record OpenQuestions(Guid RequestId, int Count, DateTimeOffset Since, string ByName);

/// <summary>A conversation as far as it is read.</summary>
/// <param name="Open">Null where nothing waits for an answer.</param>
public sealed record Conversation(IReadOnlyList<RequestComment> Entries, int Total, int Page, OpenQuestions? Open);

/// <summary>The conversations about requests: rows that are written once.</summary>
internal static class RequestComments
{
    /// <summary>Number of the last entry that was answered; 0 where none was. For a statement in which the request is <c>c.request_id</c>.</summary>
    private const string AnsweredUntil = "coalesce((select max(a.answers_until) from request_comments a where a.request_id = c.request_id and a.kind = 'Answer'), 0)";

    private const string IsOpen = $"c.kind = 'Question' and c.number > {AnsweredUntil}";

    public const string Count = "select count(*)::int from request_comments where request_id = @request";

    /// <summary>Newest first, with <c>limit @size offset @skip</c>.</summary>
    public const string Rows = $"""
        select c.number as Number, c.kind as Kind, c.by_id as ById, c.by_name as ByName, c.body as Text, c.said_at as SaidAt, {IsOpen} as IsOpen
        from request_comments c where c.request_id = @request order by c.number desc limit @size offset @skip
        """;

    /// <summary>Of those requests that have any.</summary>
    public static async Task<IReadOnlyDictionary<Guid, OpenQuestions>> OpenAsync(NpgsqlConnection connection, params Guid[] requests)
    {
        var rows = await connection.QueryAsync<(Guid RequestId, int Count, DateTime Since, string ByName)>(
            $"""
            select c.request_id, count(*)::int, min(c.said_at), (array_agg(c.by_name order by c.number))[1]
            from request_comments c where c.request_id = any(@requests) and {IsOpen} group by c.request_id
            """, new { requests });
        return rows.ToDictionary(row => row.RequestId, row => new OpenQuestions(row.RequestId, row.Count, new DateTimeOffset(row.Since, TimeSpan.Zero), row.ByName));
    }

    /// <summary>Subjects of those whose questions wait for an answer.</summary>
    public static async Task<IReadOnlyList<string>> AskersAsync(NpgsqlConnection connection, Guid request) =>
        [.. await connection.QueryAsync<string>($"select distinct c.by_id from request_comments c where c.request_id = @request and {IsOpen}", new { request })];

    /// <returns>How many there are, and the number of the newest; 0 for none.</returns>
    public static Task<(int Count, long Newest)> StandAsync(NpgsqlConnection connection, Guid request) => connection.QuerySingleAsync<(int, long)>(
        "select count(*)::int, coalesce(max(number), 0) from request_comments where request_id = @request", new { request });

    /// <returns>The number of what that person has sent under this id before; null for nothing.</returns>
    public static Task<long?> FindAsync(NpgsqlConnection connection, Guid id, Guid request, Actor by) => connection.ExecuteScalarAsync<long?>(
        "select number from request_comments where id = @id and request_id = @request and by_id = @Subject", new { id, request, by.Subject });

    /// <returns>Its number.</returns>
    public static Task<long> AddAsync(Work work, Guid id, Guid request, CommentKind kind, long? answersUntil, Actor by, string text, DateTimeOffset at) => work.Connection.ExecuteScalarAsync<long>(
        """
        insert into request_comments (id, request_id, kind, answers_until, by_id, by_name, by_kind, body, said_at)
        values (@id, @request, @kind, @answersUntil, @Subject, @Name, @actor, @text, @at) returning number
        """, new { id, request, kind = kind.ToString(), answersUntil, by.Subject, by.Name, actor = by.Kind.ToString(), text, at });

    internal sealed record Row
    {
        public long Number { get; init; }
        public string Kind { get; init; } = "";
        public string ById { get; init; } = "";
        public string ByName { get; init; } = "";
        public string Text { get; init; } = "";
        public DateTime SaidAt { get; init; }
        public bool IsOpen { get; init; }

        public RequestComment ToComment() => new(Number, Enum.Parse<CommentKind>(Kind), ById, ByName, Text, new DateTimeOffset(SaidAt, TimeSpan.Zero), IsOpen);
    }
}
