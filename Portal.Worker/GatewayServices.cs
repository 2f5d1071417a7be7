using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Portal.Worker.Aws;
using Portal.Worker.Aws.Sdk;
using Portal.Worker.Helm;
using Portal.Worker.Kubernetes;

namespace Portal.Worker;

/// <summary>The ways out of the worker: AWS, clusters and helm.</summary>
public static class GatewayServices
{
    public static IServiceCollection AddGateways(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<WorkerAwsOptions>().Bind(configuration.GetSection(WorkerAwsOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<WorkerAwsOptions>, WorkerAwsOptionsValidator>();
        services.AddOptions<WorkerHelmOptions>().Bind(configuration.GetSection(WorkerHelmOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<WorkerHelmOptions>, WorkerHelmOptionsValidator>();

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<AwsClients>();
        services.AddSingleton<ICloudFormation, CloudFormationGateway>();
        services.AddKeyedSingleton<ICloudFormation>(ICloudFormation.Patient, (provider, _) =>
            new CloudFormationGateway(provider.GetRequiredService<AwsClients>(), provider.GetRequiredService<TimeProvider>(), isPatient: true));
        services.AddSingleton<IStackNews, EventQueueGateway>();
        services.AddSingleton<IStackDrift, StackDriftGateway>();
        services.AddSingleton<ILoadBalancers, LoadBalancersGateway>();
        services.AddSingleton<ITaggedResources, TaggedResourcesGateway>();
        services.AddSingleton<ILogGroups, LogGroupsGateway>();
        services.AddSingleton<IDatabases, DatabasesGateway>();
        services.AddSingleton<IClusters, ClustersGateway>();
        services.AddSingleton<INodeGroups, NodeGroupsGateway>();
        services.AddSingleton<IAddOns, AddOnsGateway>();
        services.AddSingleton<IAccounts, AccountsGateway>();
        services.AddSingleton<IEksTokens, EksTokens>();
        services.AddSingleton<ClusterClients>();
        services.AddSingleton<KubernetesGateway>();
        services.AddSingleton<IKubernetes>(provider => provider.GetRequiredService<KubernetesGateway>());
        services.AddSingleton<IPodDiagnostics>(provider => provider.GetRequiredService<KubernetesGateway>());
        services.AddSingleton<IPodLogs>(provider => provider.GetRequiredService<KubernetesGateway>());
        services.AddSingleton<IWorkloads>(provider => provider.GetRequiredService<KubernetesGateway>());
        services.AddSingleton<ILiveObjects, LiveObjects>();
        services.AddSingleton<IHelm, HelmGateway>();
        services.AddSingleton<IChartFiles, ChartFiles>();
        services.AddHostedService(_ => new HelmLeftovers());
        return services;
    }
}
