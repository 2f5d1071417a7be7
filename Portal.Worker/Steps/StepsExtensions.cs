using Portal.Worker.Engine;
using Portal.Worker.Steps.LoadBalancers;
using Portal.Worker.Steps.Releases;
using Portal.Worker.Steps.Stacks;

namespace Portal.Worker.Steps;

public static class StepsExtensions
{
    /// <summary>One executor a kind of step.</summary>
    public static IServiceCollection AddSteps(this IServiceCollection services, IConfiguration configuration)
    {
        var charts = configuration.GetSection(ChartOptions.Section).Get<ChartOptions>() ?? new ChartOptions();
        var faults = charts.Faults().ToList();
        if (faults.Count > 0)
            throw new OptionsFault(string.Join(' ', faults));
        services.AddSingleton(Microsoft.Extensions.Options.Options.Create(charts));
        services.AddSingleton<IStepExecutor, StackStep>();
        services.AddSingleton<IStepExecutor, ReleaseStep>();
        services.AddSingleton<IStepExecutor, LoadBalancerStep>();
        return services;
    }
}
