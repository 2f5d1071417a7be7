using Portal.Emulator.Charts;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Api;
using Portal.Emulator.Kubernetes.Faults;
using Portal.Emulator.Kubernetes.Network;
using Portal.Emulator.Kubernetes.Security;

namespace Portal.Emulator.Kubernetes;

/// <summary>The Kubernetes half of the emulator.</summary>
public static class KubernetesExtensions
{
    /// <summary>
    /// Adds the clusters. They need, from the other half: <see cref="EmulatorClock"/>, <see cref="IDocumentStore"/>, <see cref="ILedger"/>,
    /// <see cref="IEksAuthenticator"/>, <see cref="ILoadBalancers"/> and a <see cref="TimeProvider"/>.
    /// </summary>
    public static IServiceCollection AddKubernetes(this IServiceCollection services, EmulatorOptions options)
    {
        services.AddSingleton(provider => new ClusterCertificates(options, provider.GetRequiredService<IDocumentStore>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IServerCertificateSource>(provider => provider.GetRequiredService<ClusterCertificates>());
        services.AddSingleton(provider => new ClusterAddress(options, provider));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<KubernetesFleet>(provider, options));
        services.AddSingleton<IKubernetesFleet>(provider => provider.GetRequiredService<KubernetesFleet>());
        services.AddHostedService(provider => provider.GetRequiredService<KubernetesFleet>());
        services.AddSingleton<ServiceAccountTokens>();
        services.AddSingleton<Identities>();
        services.AddSingleton<ClusterEndpoint>();
        services.AddSingleton<ChartRepository>();
        return services;
    }

    /// <summary>Maps the clusters' APIs, /_emulator/clusters and /_emulator/charts.</summary>
    public static WebApplication MapKubernetes(this WebApplication app)
    {
        var endpoint = app.Services.GetRequiredService<ClusterEndpoint>();
        app.Map("/clusters/{id}/{**path}", (HttpContext context, string id, string? path) => endpoint.HandleAsync(context, id, path));
        app.MapWhen(
            context => context.Request.IsHttps && !context.Request.Path.StartsWithSegments("/clusters", StringComparison.Ordinal),
            branch => branch.Run(endpoint.HandleAtRootAsync));
        app.MapGet("/_emulator/clusters", (KubernetesFleet fleet) => Results.Json(ClusterReport.Of(fleet)));
        app.MapKubernetesFaults();
        app.MapKubernetesCalls();
        app.MapCharts();
        return app;
    }
}
