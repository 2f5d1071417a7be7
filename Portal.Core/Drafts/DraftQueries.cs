using Dapper;
using Npgsql;
using Portal.Core.Environments;
using Portal.Core.Security;

namespace Portal.Core.Drafts;

/// <summary>A person's own drafts.</summary>
public sealed class DraftQueries(NpgsqlDataSource database)
{
    public const int PageSize = 20;

    /// <summary>What was typed last comes first.</summary>
    /// <param name="page">From 0; one beyond the last is the last.</param>
    public async Task<Page<DraftSummary>> ListAsync(Actor actor, int page, int size, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await new PageWindow(page, size).ReadAsync<Summary, DraftSummary>(
            connection,
            "select count(*)::int from drafts where owner_id = @Subject",
            "select id, name, changed_at as changedAt from drafts where owner_id = @Subject order by changed_at desc, id limit @size offset @skip",
            new DynamicParameters(new { actor.Subject }), row => new DraftSummary(row.Id, row.Name, new DateTimeOffset(row.ChangedAt)), cancellationToken);
    }

    /// <returns>Null where there is none, or it is another's.</returns>
    public async Task<StoredDraft?> FindAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var row = await connection.QueryFirstOrDefaultAsync<Stored>(new CommandDefinition(
            "select id, version, document, changed_at as changedAt from drafts where owner_id = @Subject and id = @id",
            new { actor.Subject, id }, cancellationToken: cancellationToken));
        return row is null ? null : new StoredDraft(row.Id, row.Version, row.Document, new DateTimeOffset(row.ChangedAt));
    }

    // Dapper reads a moment as Npgsql gives it.
    private sealed record Summary(Guid Id, string Name, DateTime ChangedAt);

    private sealed record Stored(Guid Id, int Version, string Document, DateTime ChangedAt);
}
