using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Core.Accounts;
using Portal.Core.Catalog;
using Portal.Core.Persistence;
using Portal.Core.Specifications;

namespace Portal.Core.Requests;

/// <summary>Holds a specification against what the target's account allows, offers and has in use.</summary>
public sealed class AccountCheck(ServiceCatalog catalog, TimeProvider clock)
{
    /// <param name="existing">The environment that is to become so; null for a new one.</param>
    internal async Task<IReadOnlyList<FieldError>> CheckAsync(NpgsqlConnection connection, Specification wanted, TargetRow target, Guid? existing, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var account = await AccountReadings.FindAsync(connection, target.Name, now, cancellationToken);
        var before = existing is { } id ? await BeforeAsync(connection, id, cancellationToken) : null;
        return new AccountRules(catalog, target.Name, target.Region, account, now).Check(wanted, before);
    }

    // What is only asked for takes nothing yet.
    private static async Task<Specification?> BeforeAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        await connection.ExecuteScalarAsync<string>(new CommandDefinition(
            "select s.document from environments e join specifications s on s.environment_id = e.id and s.version = e.specification_version where e.id = @id and e.state not in ('Requested', 'Rejected', 'Destroyed')",
            new { id }, cancellationToken: cancellationToken)) is { } document
            ? JsonSerializer.Deserialize<Specification>(document, Specification.Json)
            : null;
}
