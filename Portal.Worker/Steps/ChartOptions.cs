using Microsoft.Extensions.Options;
using Portal.Core.Provisioning;

namespace Portal.Worker.Steps;

/// <summary>Where charts that are not ours come from: <c>Worker:Charts</c>.</summary>
public sealed class ChartOptions
{
    public const string Section = "Worker:Charts";

    /// <summary>Of the controller's chart in plans that do not say it.</summary>
    public const string VersionOfFormat1 = "3.5.0";

    public ChartRepository LoadBalancerController { get; set; } = new() { Repository = new Uri("https://aws.github.io/eks-charts") };

    public ChartRepository ClusterAutoscaler { get; set; } = new() { Repository = new Uri("https://kubernetes.github.io/autoscaler") };

    /// <summary>Where a plan's chart comes from.</summary>
    public ChartRepository Of(string chart) => chart == PlanBuilder.ClusterAutoscaler ? ClusterAutoscaler : LoadBalancerController;
}

public sealed class ChartRepository
{
    public required Uri Repository { get; set; }
}

internal sealed class ChartOptionsValidator : IValidateOptions<ChartOptions>
{
    public ValidateOptionsResult Validate(string? name, ChartOptions options)
    {
        var faults = new List<string>();
        foreach (var (chart, repository) in new[] { (nameof(options.LoadBalancerController), options.LoadBalancerController), (nameof(options.ClusterAutoscaler), options.ClusterAutoscaler) })
        {
            if (repository.Repository is not { IsAbsoluteUri: true })
                faults.Add($"{ChartOptions.Section}:{chart}:Repository has to be an absolute URL.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
