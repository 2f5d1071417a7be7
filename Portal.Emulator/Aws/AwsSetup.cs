using Portal.Emulator.Aws.CloudFormation.Protocol;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Stacks;
using Portal.Emulator.Aws.Ec2;
using Portal.Emulator.Aws.Eks;
using Portal.Emulator.Aws.Events;
using Portal.Emulator.Aws.Faults;
using Portal.Emulator.Aws.LoadBalancing;
using Portal.Emulator.Aws.Logs;
using Portal.Emulator.Aws.Objects;
using Portal.Emulator.Aws.Queues;
using Portal.Emulator.Aws.Quotas;
using Portal.Emulator.Aws.Rds;
using Portal.Emulator.Aws.Secrets;
using Portal.Emulator.Aws.Signing;
using Portal.Emulator.Aws.Sts;
using Portal.Emulator.Aws.Tagging;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws;

internal static class AwsSetup
{
    public static void AddAws(this IServiceCollection services, EmulatorOptions options)
    {
        services.AddSingleton(_ => new DurationCatalog(options.DurationsFile, options.Seed));
        services.AddSingleton(_ => new UpdateBehaviours(options.UpdateBehaviourFile));
        services.AddSingleton(_ => PropertyTypes.Read());
        services.AddSingleton<CredentialStore>();
        services.AddSingleton<RequestVerifier>();
        services.AddSingleton<Inventory>();
        services.AddSingleton<AccountQuotas>();
        services.AddSingleton<LoadBalancers>();
        services.AddSingleton<ICloudView, CloudView>();
        services.AddSingleton<ILoadBalancers>(provider => provider.GetRequiredService<LoadBalancers>());
        services.AddSingleton<IEksAuthenticator, EksAuthenticator>();
        services.AddSingleton<ResourceEffects>();
        services.AddSingleton(_ => KnownValues.Read());
        services.AddSingleton<ExistenceRules>();
        services.AddSingleton<DeletionRules>();
        services.AddSingleton<ParameterExistence>();
        services.AddSingleton<StackStore>();
        services.AddSingleton<MessageStore>();
        services.AddSingleton<ObjectStore>();
        services.AddSingleton<TemplateSource>();
        services.AddSingleton<QueuePolicies>();
        services.AddSingleton<EventBus>();
        services.AddSingleton<StackJournal>();
        services.AddSingleton<StackEvaluation>();
        services.AddSingleton<StackExports>();
        services.AddSingleton<StackDifferences>();
        services.AddSingleton<StackUpdates>();
        services.AddSingleton<FaultPlan>();
        services.AddSingleton<Provisioner>();
        services.AddSingleton<StackPhases>();
        services.AddSingleton<StackEngine>();
        services.AddHostedService(provider => provider.GetRequiredService<StackEngine>());
        services.AddSingleton<StackCommands>();
        services.AddSingleton<StackRecovery>();
        services.AddSingleton<ChangeSets>();
        services.AddSingleton<ChangeSetActions>();
        services.AddSingleton<StackCare>();
        services.AddSingleton<StackDrift>();
        services.AddSingleton<DriftActions>();
        services.AddSingleton<StackWrites>();
        services.AddSingleton<StackReads>();
        services.AddSingleton<TemplateReads>();
        services.AddSingleton<IAwsService, CloudFormationService>();
        services.AddSingleton<IAwsService, StsService>();
        services.AddSingleton<IAwsService, EksService>();
        services.AddSingleton<IAwsService, Ec2Service>();
        services.AddSingleton<IAwsService, ServiceQuotasService>();
        services.AddSingleton<DatabaseInstances>();
        services.AddSingleton<IAwsService, RdsService>();
        services.AddSingleton<IAwsService, ElasticLoadBalancingService>();
        services.AddSingleton<IAwsService, QueueService>();
        services.AddSingleton<IAwsService, ObjectService>();
        services.AddSingleton<LogGroups>();
        services.AddSingleton<IAwsService, LogsService>();
        services.AddSingleton<IAwsService, TaggingService>();
        services.AddSingleton<SecretStore>();
        services.AddSingleton<ParameterStore>();
        services.AddSingleton<IPodSecrets, PodSecrets>();
        services.AddSingleton<IAwsService, SecretsManagerService>();
        services.AddSingleton<IAwsService, ParameterService>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<AwsEndpoint>();
    }

    /// <summary>
    /// Everything that comes without TLS and is not about the emulator itself is for AWS. Paths cannot tell:
    /// <c>/clusters/name</c> is EKS's API here and a cluster's own API on the TLS port.
    /// </summary>
    public static void UseAws(this WebApplication app) => app.MapWhen(
        context => !context.Request.IsHttps && !context.Request.Path.StartsWithSegments("/_emulator", StringComparison.Ordinal) && !context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal),
        branch => branch.Run(context => context.RequestServices.GetRequiredService<AwsEndpoint>().HandleAsync(context)));
}
