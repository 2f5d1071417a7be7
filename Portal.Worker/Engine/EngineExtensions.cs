using Hangfire;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Worker.Aws;

namespace Portal.Worker.Engine;

public static class EngineExtensions
{
    /// <summary>The jobs only claim and hand over, so a few threads take any number of operations; each holds a connection that listens.</summary>
    private const int Threads = 4;

    /// <summary>The runner, and Hangfire's server that dispatches to it, on the portal's own Postgres.</summary>
    public static IServiceCollection AddEngine(this IServiceCollection services, string connectionString)
    {
        services.AddSingleton<IOperationStore, OperationStore>();
        services.AddSingleton<IFleet>(provider => provider.GetRequiredService<WorkerLease>());
        services.AddSingleton<IResidueStore, ResidueStore>();
        services.AddSingleton<OperationRunner>();
        services.AddSingleton<OperationJobs>();
        services.AddSingleton<Lifecycle>();
        services.AddSingleton<IOperationClaims, OperationClaims>();
        services.AddSingleton<WorkerLease>();
        services.AddSingleton<IWorkerLease>(provider => provider.GetRequiredService<WorkerLease>());
        services.AddSingleton<OperationHost>();
        services.AddSingleton<IOperationDispatch>(provider => provider.GetRequiredService<OperationHost>());
        // Stopped in the reverse order: no more jobs, then what runs is given back, then the lease.
        services.AddHostedService(provider => provider.GetRequiredService<WorkerLease>());
        services.AddHostedService(provider => provider.GetRequiredService<OperationHost>());
        services.AddHangfire(hangfire => hangfire
            .UseSimpleAssemblyNameTypeSerializer()
            .UseRecommendedSerializerSettings()
            .UseStorage(JobStorageSettings.Open(connectionString, connections: 4 * Threads)));
        services.AddHangfireServer(server =>
        {
            server.WorkerCount = Threads;
            server.Queues = [JobStorageSettings.OperationsQueue, JobStorageSettings.DefaultQueue];
            server.SchedulePollingInterval = TimeSpan.FromSeconds(5);
            server.ShutdownTimeout = TimeSpan.FromSeconds(5);
        });
        services.AddSingleton<SleepEnvironment>();
        services.AddSingleton<CareSweep>();
        services.AddSingleton<SecretRotations>();
        services.AddSingleton<StepDurations>();
        services.AddSingleton<ReplayRetention>();
        services.AddRecurring<ExpiryJob>().AddRecurring<TimetableJob>().AddRecurring<RotationJob>().AddRecurring<RetentionJob>();
        services.AddSingleton<RecurringRun>();
        services.AddHostedService<RecurringSchedule>();
        return services;
    }

    /// <summary>Has <typeparamref name="T"/> run by its schedule, in one of the workers.</summary>
    public static IServiceCollection AddRecurring<T>(this IServiceCollection services) where T : class, IRecurring =>
        services.AddSingleton<T>().AddSingleton<IRecurring>(provider => provider.GetRequiredService<T>());
}
