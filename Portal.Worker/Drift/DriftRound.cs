using Dapper;
using Npgsql;
using Portal.Core.Drift;
using Portal.Core.Persistence;
using Portal.Core.Security;
using Portal.Worker.Engine;

namespace Portal.Worker.Drift;

/// <summary>Has every environment that is Ready compared with its plan a few times a day, each by a job of its own.</summary>
public sealed class DriftRound(NpgsqlDataSource database, Transactions transactions, CheckDrift check, TimeProvider clock) : IRecurring
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(6);

    /// <summary>In one run; the rest come with the next ones.</summary>
    private const int Most = 20;

    public string Id => "drift";

    /// <summary>More often than each environment's turn comes, so that they spread.</summary>
    public string Schedule => "*/10 * * * *";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Guid> due;
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            due = (await connection.QueryAsync<Guid>(new CommandDefinition(
                """
                select e.id from environments e left join drift_checks c on c.environment_id = e.id
                where e.state = 'Ready' and coalesce(c.asked_at, '-infinity') < @before
                order by c.asked_at nulls first limit @Most
                """, new { before = clock.GetUtcNow() - Every, Most }, cancellationToken: cancellationToken))).AsList();
        }

        foreach (var environment in due)
            await transactions.DoWithJobsAsync(work => check.AskAsync(work, environment, Actor.System.Name), cancellationToken);
    }
}
