using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Portal.Core.Persistence;

/// <summary>Whether Postgres answers: part of every process's readiness.</summary>
public sealed class DatabaseHealth(NpgsqlDataSource database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var command = database.CreateCommand("select 1");
            await command.ExecuteScalarAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (NpgsqlException error)
        {
            return HealthCheckResult.Unhealthy("Postgres does not answer.", error);
        }
    }
}
