using Dapper;
using Npgsql;
using Portal.Core.Security;

namespace Portal.Core.Views;

/// <summary>Gives one of the person's own views another name.</summary>
public sealed class RenameView(NpgsqlDataSource database)
{
    /// <returns>The new name; or <see cref="InvalidView"/>, <see cref="ViewNameTaken"/>, <see cref="NotFound"/> where it is gone or another's.</returns>
    public async Task<Outcome<string>> ExecuteAsync(Actor actor, Guid viewId, string name, CancellationToken cancellationToken)
    {
        name = name.Trim();
        if (SavedView.FaultOf(name) is { } fault)
            return new InvalidView(fault);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            var changed = await connection.ExecuteAsync(new CommandDefinition(
                "update saved_views set name = @name where id = @viewId and owner_id = @Subject", new { name, viewId, actor.Subject }, cancellationToken: cancellationToken));
            return changed == 0 ? new NotFound("This view is gone.") : name;
        }
        catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "saved_views_name" })
        {
            return new ViewNameTaken(name);
        }
    }
}
