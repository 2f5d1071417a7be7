using Microsoft.Extensions.Options;
using Portal.Worker.Engine;
using Portal.Worker.Steps.LoadBalancers;
using Portal.Worker.Steps.Probes;
using Portal.Worker.Steps.Releases;
using Portal.Worker.Steps.Stacks;
using Portal.Worker.Steps.Sweeps;

namespace Portal.Worker.Steps;

public static class StepsExtensions
{
    /// <summary>One executor a kind of step and of what is to be done; the first that handles a step has it.</summary>
    public static IServiceCollection AddSteps(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ChartOptions>().Bind(configuration.GetSection(ChartOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ChartOptions>, ChartOptionsValidator>();
        services.AddSingleton<ReleaseWatch>();
        services.AddSingleton<NodeGroupSize>();
        services.AddSingleton<AddOnCheck>();
        services.AddSingleton<IStepExecutor, InstanceStep>();
        services.AddSingleton<IStepExecutor, StackStep>();
        services.AddSingleton<IStepExecutor, DeploymentStep>();
        services.AddSingleton<IStepExecutor, ScheduledRunStep>();
        services.AddSingleton<IStepExecutor, ReleaseStep>();
        services.AddSingleton<IStepExecutor, LoadBalancerStep>();
        services.AddSingleton<IFrontDoor, HttpFrontDoor>();
        services.AddSingleton<IStepExecutor, ProbeStep>();
        services.AddSingleton<IStepExecutor, SweepStep>();
        return services;
    }
}
