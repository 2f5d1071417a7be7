using Dapper;
using Npgsql;
using Portal.Core.Security;

namespace Portal.Core.Views;

/// <summary>Says with which of the person's own views a page opens.</summary>
public sealed class ChooseDefaultView(NpgsqlDataSource database)
{
    /// <param name="viewId">Null for none: the page opens as it is made.</param>
    public async Task ExecuteAsync(Actor actor, ListedPage page, Guid? viewId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var arguments = new { actor.Subject, page = page.ToString(), viewId };
        // Of two at once the second waits; there is never more than one default.
        await connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('views:' || @Subject, 0))", arguments, transaction);
        await connection.ExecuteAsync("update saved_views set is_default = false where owner_id = @Subject and page = @page and is_default", arguments, transaction);
        await connection.ExecuteAsync("update saved_views set is_default = true where owner_id = @Subject and page = @page and id = @viewId", arguments, transaction);
        await transaction.CommitAsync(cancellationToken);
    }
}
