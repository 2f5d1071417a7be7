using Dapper;
using Npgsql;
using Portal.Core.Security;

namespace Portal.Core.Views;

/// <summary>A person's own views.</summary>
public sealed class ViewQueries(NpgsqlDataSource database)
{
    /// <summary>By name.</summary>
    public async Task<IReadOnlyList<SavedView>> ListAsync(Actor actor, ListedPage page, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var found = await connection.QueryAsync<SavedView>(new CommandDefinition(
            "select id, name, query, is_default as isDefault from saved_views where owner_id = @Subject and page = @page order by lower(name)",
            new { actor.Subject, page = page.ToString() }, cancellationToken: cancellationToken));
        return [.. found];
    }
}
