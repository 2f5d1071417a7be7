namespace Portal.Worker.Steps;

/// <summary>Where charts that are not ours come from: <c>Worker:Charts</c>.</summary>
public sealed class ChartOptions
{
    public const string Section = "Worker:Charts";

    public ChartRepository LoadBalancerController { get; set; } = new();

    internal IEnumerable<string> Faults()
    {
        if (LoadBalancerController.Repository is not { IsAbsoluteUri: true })
            yield return $"{Section}:LoadBalancerController:Repository has to be an absolute URL.";
        if (string.IsNullOrWhiteSpace(LoadBalancerController.Version))
            yield return $"{Section}:LoadBalancerController:Version is empty: name the chart's version, for example 3.5.0.";
    }
}

public sealed class ChartRepository
{
    public Uri Repository { get; set; } = new("https://aws.github.io/eks-charts");

    public string Version { get; set; } = "3.5.0";
}
