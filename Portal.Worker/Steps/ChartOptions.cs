using Microsoft.Extensions.Options;

namespace Portal.Worker.Steps;

/// <summary>Where charts that are not ours come from: <c>Worker:Charts</c>.</summary>
public sealed class ChartOptions
{
    public const string Section = "Worker:Charts";

    public ChartRepository LoadBalancerController { get; set; } = new();
}

public sealed class ChartRepository
{
    public Uri Repository { get; set; } = new("https://aws.github.io/eks-charts");

    public string Version { get; set; } = "3.5.0";
}

internal sealed class ChartOptionsValidator : IValidateOptions<ChartOptions>
{
    public ValidateOptionsResult Validate(string? name, ChartOptions options)
    {
        var faults = new List<string>();
        if (options.LoadBalancerController.Repository is not { IsAbsoluteUri: true })
            faults.Add($"{ChartOptions.Section}:LoadBalancerController:Repository has to be an absolute URL.");
        if (string.IsNullOrWhiteSpace(options.LoadBalancerController.Version))
            faults.Add($"{ChartOptions.Section}:LoadBalancerController:Version is empty: name the chart's version, for example 3.5.0.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
