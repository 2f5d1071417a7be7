using Dapper;
using Npgsql;
using Portal.Core.Security;

namespace Portal.Core.Views;

/// <summary>Forgets one of the person's own views; one that is gone, or is another's, is none of them.</summary>
public sealed class DeleteView(NpgsqlDataSource database)
{
    public async Task ExecuteAsync(Actor actor, Guid viewId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "delete from saved_views where id = @viewId and owner_id = @Subject", new { viewId, actor.Subject }, cancellationToken: cancellationToken));
    }
}
