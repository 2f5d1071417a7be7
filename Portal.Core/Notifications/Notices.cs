using Dapper;
using Npgsql;
using Portal.Core.Environments;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Core.Notifications;

/// <summary>What somebody was told in the portal.</summary>
/// <param name="Number">Rises, with gaps.</param>
/// <param name="Path">Within the portal.</param>
public sealed record Notice(Guid Id, long Number, EventSeverity Severity, string Title, string Text, string Path, DateTimeOffset At, bool IsRead);

/// <summary>A person's own notices.</summary>
public sealed class Notices(NpgsqlDataSource database, Transactions transactions, NoticeCatalog catalog, TimeProvider clock)
{
    public const int PageSize = 25;

    private const int ForgottenAtOnce = 1000;

    /// <summary>Newest first.</summary>
    /// <param name="unread">Only those that are not read.</param>
    /// <param name="page">From 0; one beyond the last is the last.</param>
    public async Task<Page<Notice>> ListAsync(Actor actor, bool unread, int page, CancellationToken cancellationToken, int size = PageSize)
    {
        var where = $"from notices where subject = @Subject{(unread ? " and read_at is null" : "")}";
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await new PageWindow(page, size).ReadAsync<Row, Notice>(
            connection, $"select count(*)::int {where}",
            $"select id as Id, number as Number, severity as Severity, title as Title, body as Text, path as Path, at as MadeAt, read_at is not null as IsRead {where} order by number desc limit @size offset @skip",
            new DynamicParameters(new { actor.Subject }), row => row.ToNotice(), cancellationToken);
    }

    public async Task<int> UnreadAsync(string subject, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<int>(new CommandDefinition(
            "select count(*)::int from notices where subject = @subject and read_at is null", new { subject }, cancellationToken: cancellationToken));
    }

    /// <summary>One of them, or all up to one: what came after what was on the screen stays unread.</summary>
    /// <param name="number">Of the newest that was on the screen, or of the one.</param>
    /// <returns>How many had not been read; or <see cref="NotAllowed"/> for a token that only reads: what nobody has seen stays new.</returns>
    public Task<Outcome<int>> MarkReadAsync(Actor actor, long number, bool andBefore, CancellationToken cancellationToken) => transactions.DoAsync<Outcome<int>>(async work =>
    {
        if (!actor.LetsTakePart)
            return new NotAllowed("This token marks nothing as read: it lacks the scopes request and approve.");
        var read = await work.Connection.ExecuteAsync(
            $"update notices set read_at = @now where subject = @Subject and read_at is null and number {(andBefore ? "<=" : "=")} @number", new { now = clock.GetUtcNow(), actor.Subject, number });
        if (read > 0)
            await work.Connection.NotifyAsync(Channels.Notice, actor.Subject);
        return read;
    }, cancellationToken);

    /// <summary>Forgets, in bounded bites, what is too old, what a person has too many of, and deliveries that are over.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        string[] statements =
        [
            "delete from notices where id in (select id from notices where at <= @before limit @ForgottenAtOnce)",
            """
            delete from notices where id in (
              select id from (select id, row_number() over (partition by subject order by number desc) as place from notices
                where subject in (select subject from notices group by subject having count(*) > @most)) ranked where place > @most limit @ForgottenAtOnce)
            """,
            "delete from deliveries where id in (select id from deliveries where sent_at <= @before or given_up_at <= @before limit @ForgottenAtOnce)",
        ];
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        foreach (var statement in statements)
        {
            while (await connection.ExecuteAsync(new CommandDefinition(
                statement, new { before = clock.GetUtcNow() - catalog.Kept, most = catalog.MostAPerson, ForgottenAtOnce }, cancellationToken: cancellationToken)) == ForgottenAtOnce)
            {
            }
        }
    }

    private sealed record Row
    {
        public Guid Id { get; init; }
        public long Number { get; init; }
        public string Severity { get; init; } = "";
        public string Title { get; init; } = "";
        public string Text { get; init; } = "";
        public string Path { get; init; } = "";
        public DateTime MadeAt { get; init; }
        public bool IsRead { get; init; }

        public Notice ToNotice() => new(Id, Number, Enum.Parse<EventSeverity>(Severity), Title, Text, Path, new DateTimeOffset(MadeAt, TimeSpan.Zero), IsRead);
    }
}
