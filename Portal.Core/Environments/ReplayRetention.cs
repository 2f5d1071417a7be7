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
            delete from resource_history h using (
              select id, state is null as gone, row_number() over (partition by environment_id, step, type, name order by at desc, id desc) as place
              from resource_history where at < @before) old
            where h.id = old.id and (old.place > 1 or old.gone);
            delete from deployment_history h using (
              select id, gone, row_number() over (partition by environment_id, step order by at desc, id desc) as place
              from deployment_history where at < @before) old
            where h.id = old.id and (old.place > 1 or old.gone);
            """, new { before = clock.GetUtcNow() - KeptFor }, cancellationToken: cancellationToken));
    }
}
