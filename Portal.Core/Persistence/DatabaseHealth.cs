using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Portal.Core.Persistence;

/// <summary>
/// Whether Postgres answers: part of every process's readiness. It says so in time, whatever Postgres does: a server that was frozen takes
/// a connection and then says nothing, and breaking off a command means asking that server.
/// </summary>
/// <remarks>One for the process: however many ask, one question is under way.</remarks>
public sealed class DatabaseHealth(NpgsqlDataSource database, TimeProvider clock) : IHealthCheck
{
    /// <summary>How long an answer may take; balancers give up after two seconds.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    // A question that got lost on the way must not be waited for until the network gives up.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private Task? _asked;
    private DateTimeOffset _at;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var (answer, at) = Ask();
        try
        {
            await answer.WaitAsync(Patience, clock, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (TimeoutException error)
        {
            return HealthCheckResult.Unhealthy($"Postgres has not answered since {at:HH:mm:ss} UTC.", error);
        }
        catch (Exception error) when (DatabaseFaults.IsAway(error))
        {
            return HealthCheckResult.Unhealthy($"Postgres does not answer: {(error.InnerException ?? error).Message}", error);
        }
    }

    private (Task Answer, DateTimeOffset At) Ask()
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            if (_asked is null or { IsCompleted: true } || now - _at > Longest)
                (_asked, _at) = (Task.Run(AskAsync), now);
            return (_asked, _at);
        }
    }

    private async Task AskAsync()
    {
        await using var command = database.CreateCommand("select 1");
        await command.ExecuteScalarAsync();
    }
}

/// <summary>What a process says of its readiness, to balancers and to people.</summary>
public static class HealthReports
{
    public static object Describe(HealthReport report) => new
    {
        status = report.Status.ToString(),
        checks = report.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Description ?? entry.Value.Status.ToString()),
    };
}
