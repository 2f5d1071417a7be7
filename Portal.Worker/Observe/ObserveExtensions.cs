using Portal.Core.Persistence;

namespace Portal.Worker.Observe;

public static class ObserveExtensions
{
    /// <summary>Watches the targets and clusters; the only writer of observations and resources.</summary>
    public static IServiceCollection AddObservers(this IServiceCollection services)
    {
        services.AddSingleton<ObservationStore>();
        services.AddSingleton<IObservations>(provider => provider.GetRequiredService<ObservationStore>());
        services.AddSingleton<ObservedWriter>();
        services.AddSingleton<ObserverClaims>();
        services.AddSingleton<Sights>();
        services.AddSingleton<HealthStore>();
        services.AddSingleton<ObservationHub>();
        services.AddSingleton<IObservationHub>(provider => provider.GetRequiredService<ObservationHub>());
        services.AddSingleton<ObserverHost>();
        services.AddSingleton<INotificationHandler>(provider => provider.GetRequiredService<ObservationHub>());
        services.AddSingleton<INotificationHandler>(provider => provider.GetRequiredService<ObserverHost>());
        services.AddHostedService(provider => provider.GetRequiredService<ObservationHub>());
        services.AddHostedService(provider => provider.GetRequiredService<ObserverHost>());
        return services;
    }
}
