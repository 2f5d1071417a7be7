using Portal.Core.Persistence;
using Quartz;

namespace Portal.Worker.Engine;

public static class EngineExtensions
{
    /// <summary>Far more operations than one worker sees at once; each is an awaited job, not a busy thread.</summary>
    private const int MaxConcurrentOperations = 200;

    /// <summary>The runner and its Quartz scheduler, clustered on the portal's own Postgres.</summary>
    public static IServiceCollection AddEngine(this IServiceCollection services, string connectionString)
    {
        services.AddSingleton<OperationStore>();
        services.AddSingleton<OperationRunner>();
        services.AddSingleton<OperationDispatcher>();
        services.AddSingleton<INotificationHandler>(provider => provider.GetRequiredService<OperationDispatcher>());
        services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(options =>
            {
                options.InstanceName = "portal";
                // Unique a process: a restarted worker is another node, which recovers the dead one's jobs.
                options.InstanceId = $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid():N}";
                options.MaxBatchSize = 10;
                options.ShutdownJobInterruption = ShutdownJobInterruption.Always;
            });
            quartz.UseDefaultThreadPool(pool => pool.MaxConcurrency = MaxConcurrentOperations);
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(connectionString);
                store.UseSystemTextJsonSerializer();
                store.ProvisionSchema();
                store.UseClustering(cluster =>
                {
                    cluster.CheckinInterval = TimeSpan.FromSeconds(1);
                    cluster.CheckinMisfireThreshold = TimeSpan.FromSeconds(3);
                });
            });
        });
        services.AddQuartzHostedService(options => options.WaitForJobsToComplete = true);
        services.AddHostedService(provider => provider.GetRequiredService<OperationDispatcher>());
        return services;
    }
}
