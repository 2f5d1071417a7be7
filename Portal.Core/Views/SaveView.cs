using Dapper;
using Npgsql;
using Portal.Core.Security;

namespace Portal.Core.Views;

/// <summary>Keeps a list as it is shown, under a name, for the person who asks.</summary>
public sealed class SaveView(NpgsqlDataSource database, TimeProvider clock)
{
    /// <param name="query">What stands behind the question mark, without it.</param>
    /// <returns>The view; or <see cref="InvalidView"/>, <see cref="ViewNameTaken"/>, <see cref="TooManyViews"/>, <see cref="NotAllowed"/>.</returns>
    public async Task<Outcome<SavedView>> ExecuteAsync(Actor actor, ListedPage page, string name, string query, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.View))
            return new NotAllowed($"{actor.Name} may not look at lists, so there is nothing to keep.");
        name = name.Trim();
        if (SavedView.FaultOf(name) is { } fault)
            return new InvalidView(fault);
        if (query.Length > SavedView.MaxQuery || query.Any(char.IsControl))
            return new InvalidView(new FieldError("query", query, $"What is filtered for is too long to be kept: {SavedView.MaxQuery} characters at most."));
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Two of one person's tabs must not both find the last place free.
        await connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('views:' || @Subject, 0))", new { actor.Subject }, transaction);
        if (await connection.ExecuteScalarAsync<int>("select count(*)::int from saved_views where owner_id = @Subject", new { actor.Subject }, transaction) >= SavedView.MaxAPerson)
            return new TooManyViews();
        var now = clock.GetUtcNow();
        var view = new SavedView(Guid.CreateVersion7(now), name, query, IsDefault: false);
        var added = await connection.ExecuteAsync(
            """
            insert into saved_views (id, owner_id, page, name, query, created_at) values (@Id, @Subject, @page, @Name, @Query, @now)
            on conflict (owner_id, page, lower(name)) do nothing
            """, new { view.Id, actor.Subject, page = page.ToString(), view.Name, view.Query, now }, transaction);
        if (added == 0)
            return new ViewNameTaken(name);
        await transaction.CommitAsync(cancellationToken);
        return view;
    }
}
