using Microsoft.Extensions.Options;

namespace Portal.Worker.Steps;

/// <summary>Where charts that are not ours come from: <c>Worker:Charts</c>.</summary>
public sealed class ChartOptions
{
    public const string Section = "Worker:Charts";

    /// <summary>Of the controller's chart in plans that do not say it.</summary>
    public const string VersionOfFormat1 = "3.5.0";

    public ChartRepository LoadBalancerController { get; set; } = new();
}

public sealed class ChartRepository
{
    public Uri Repository { get; set; } = new("https://aws.github.io/eks-charts");
}

internal sealed class ChartOptionsValidator : IValidateOptions<ChartOptions>
{
    public ValidateOptionsResult Validate(string? name, ChartOptions options)
    {
        var faults = new List<string>();
        if (options.LoadBalancerController.Repository is not { IsAbsoluteUri: true })
            faults.Add($"{ChartOptions.Section}:LoadBalancerController:Repository has to be an absolute URL.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
