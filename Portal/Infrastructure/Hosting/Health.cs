using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Portal.Infrastructure.Live;

namespace Portal.Infrastructure.Hosting;

internal static class Health
{
    public static void AddPortalHealth(this IServiceCollection services) => services.AddHealthChecks()
        .AddCheck<DatabaseAnswers>("database")
        .AddCheck<HearsChanges>("live");

    public static void MapPortalHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = WriteAsync });
    }

    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(new
    {
        status = report.Status.ToString(),
        checks = report.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Description ?? entry.Value.Status.ToString()),
    });

    private sealed class DatabaseAnswers(NpgsqlDataSource database) : IHealthCheck
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

    private sealed class HearsChanges(LiveConnection connection) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
            connection.Status.State == LiveState.Disconnected
                ? HealthCheckResult.Unhealthy("Not listening to Postgres.")
                : HealthCheckResult.Healthy());
    }
}
