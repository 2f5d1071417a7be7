using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>A controller that works, and what it was told.</summary>
internal sealed record RunningController(string ClusterName, string VpcId, string DefaultTargetType, string DefaultScheme, string DefaultSslPolicy)
{
    /// <summary>Auto Mode's own, which takes no arguments: pods by address, private, as its user guide says.</summary>
    public static RunningController AutoMode(ClusterIdentity cluster) => new(cluster.Name, cluster.VpcId, "ip", ControllerDeployment.Scheme, ControllerDeployment.SslPolicy);
}

/// <summary>The AWS Load Balancer Controller's own Deployment: it works while pods of it are ready, with the settings that its arguments give.</summary>
internal static class ControllerDeployment
{
    /// <summary>Where nothing says otherwise: docs/deploy/configurations.md of the controller (v3.5.0).</summary>
    public const string Scheme = "internal";
    public const string SslPolicy = "ELBSecurityPolicy-2016-08";

    private const string Name = "aws-load-balancer-controller";

    public static bool Is(JsonObject document) => document.Labels().GetValueOrDefault("app.kubernetes.io/name") == Name;

    /// <summary>Null where no controller runs.</summary>
    public static RunningController? Find(ControllerContext context)
    {
        var running = context.Store.List(Kinds.Deployment).FirstOrDefault(item => Is(item) && item.Number("status", "readyReplicas") > 0);
        if (running is null)
            return null;

        var arguments = running.Items("spec", "template", "spec", "containers").SelectMany(container => container.Array("args") ?? [])
            .Select(argument => argument?.ToString().Split('=', 2)).Where(parts => parts?.Length == 2)
            .GroupBy(parts => parts![0], StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Last()![1], StringComparer.Ordinal);
        return new RunningController(
            arguments.GetValueOrDefault("--cluster-name", context.Cluster.Name),
            arguments.GetValueOrDefault("--aws-vpc-id", context.Cluster.VpcId),
            arguments.GetValueOrDefault("--default-target-type", "instance"),
            arguments.GetValueOrDefault("--default-load-balancer-scheme", Scheme),
            arguments.GetValueOrDefault("--default-ssl-policy", SslPolicy));
    }
}
