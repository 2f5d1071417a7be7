using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Portal.Core.Persistence;
using Portal.Infrastructure.Live;

namespace Portal.Infrastructure.Hosting;

internal static class Health
{
    public static void AddPortalHealth(this IServiceCollection services) => services.AddHealthChecks()
        .AddCheck<DatabaseHealth>("database")
        .AddCheck<GoesOn>("process")
        .AddCheck<HearsChanges>("live");

    public static void MapPortalHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = (context, report) => context.Response.WriteAsJsonAsync(HealthReports.Describe(report)) }).AllowAnonymous();
    }

    // Balancers and paused pages must look elsewhere from the moment on that this process stops.
    private sealed class GoesOn(IHostApplicationLifetime lifetime) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
            lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("Stopping.") : HealthCheckResult.Healthy());
    }

    private sealed class HearsChanges(LiveConnection connection) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
            connection.Status.State == LiveState.Disconnected
                ? HealthCheckResult.Unhealthy("Not listening to Postgres.")
                : HealthCheckResult.Healthy());
    }
}
