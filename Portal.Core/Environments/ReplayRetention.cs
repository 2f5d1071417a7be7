using Dapper;
using Npgsql;

namespace Portal.Core.Environments;

/// <summary>How long the history of resources and of what existed is kept: <see cref="ReplayQueries"/> reads it.</summary>
public sealed class ReplayRetention(NpgsqlDataSource database, TimeProvider clock)
{
    // As long as CloudFormation keeps its events.
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(90);

    /// <summary>Forgets what is older than 90 days, but for how things stood then.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            delete from resource_history h where at < @before
              and (state is null or exists (select from resource_history later where (later.environment_id, later.step, later.type, later.name) = (h.environment_id, h.step, h.type, h.name) and later.id > h.id and later.at < @before));
            delete from deployment_history h where at < @before
              and (gone or exists (select from deployment_history later where (later.environment_id, later.step) = (h.environment_id, h.step) and later.id > h.id and later.at < @before));
            """, new { before = clock.GetUtcNow() - KeptFor }, cancellationToken: cancellationToken));
    }
}
