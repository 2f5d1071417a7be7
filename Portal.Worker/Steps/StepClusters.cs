using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;

namespace Portal.Worker.Steps;

internal static class StepClusters
{
    /// <summary>The environment's own cluster, as its step's outputs say.</summary>
    /// <exception cref="StepFailedException"><c>output_missing</c>: there is none.</exception>
    public static ClusterConnection Cluster(this StepContext context) => new(
        context.Target,
        context.Outputs.Get(StepNames.Cluster, "ClusterName"),
        new Uri(context.Outputs.Get(StepNames.Cluster, "ClusterEndpoint")),
        context.Outputs.Get(StepNames.Cluster, "ClusterCertificateAuthority"));
}
