using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.NodeScaling;

/// <summary>A cluster autoscaler that works.</summary>
/// <param name="Tags">Keys of the tags by which it finds Auto Scaling groups.</param>
/// <param name="ScanInterval">How often it looks.</param>
/// <param name="UnneededTime">How long a node has to be of no use before it goes.</param>
internal sealed record RunningAutoscaler(IReadOnlyList<string> Tags, TimeSpan ScanInterval, TimeSpan UnneededTime);

/// <summary>
/// The cluster autoscaler's own Deployment: it works while a pod of it is ready and its service account has a role that may resize Auto Scaling
/// groups, by Pod Identity. Flags and their defaults: cluster-autoscaler/config/flags of kubernetes/autoscaler, 1.35.
/// </summary>
internal sealed class AutoscalerDeployment(ControllerContext context, Lazy<ICloudView> cloud)
{
    private static readonly string[] s_names = ["cluster-autoscaler", "aws-cluster-autoscaler"];

    public static bool Is(JsonObject document) => s_names.Contains(document.Labels().GetValueOrDefault("app.kubernetes.io/name"));

    /// <summary>Null where none works.</summary>
    public RunningAutoscaler? Find()
    {
        var running = context.Store.List(Kinds.Deployment).FirstOrDefault(item => Is(item) && item.Number("status", "readyReplicas") > 0);
        if (running is null || !MayResize(running.Namespace(), running.Text("spec", "template", "spec", "serviceAccountName") ?? "default"))
            return null;

        var arguments = running.Items("spec", "template", "spec", "containers")
            .SelectMany(container => (container.Array("command") ?? []).Concat(container.Array("args") ?? []))
            .Select(argument => argument?.ToString().Split('=', 2)).Where(parts => parts?.Length == 2)
            .GroupBy(parts => parts![0], StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Last()![1], StringComparer.Ordinal);
        const string ByTag = "asg:tag=";
        var discovery = arguments.GetValueOrDefault("--node-group-auto-discovery", "");
        return discovery.StartsWith(ByTag, StringComparison.Ordinal)
            ? new RunningAutoscaler([.. discovery[ByTag.Length..].Split(',').Select(tag => tag.Split('=')[0])], Time(arguments, "--scan-interval", 10), Time(arguments, "--scale-down-unneeded-time", 600))
            : null;
    }

    private bool MayResize(string inNamespace, string account)
    {
        var association = cloud.Value.OfType("AWS::EKS::PodIdentityAssociation").FirstOrDefault(one => one.IsActive && one.Properties.Text("ClusterName") == context.Cluster.Name
            && one.Properties.Text("Namespace") == inNamespace && one.Properties.Text("ServiceAccount") == account);
        var role = association is null ? null : cloud.Value.OfType("AWS::IAM::Role").FirstOrDefault(one => one.Attributes.Text("Arn") == association.Properties.Text("RoleArn"));
        if (role is null)
            return false;
        var attached = (role.Properties.Array("ManagedPolicyArns") ?? []).Select(arn => cloud.Value.Find("AWS::IAM::ManagedPolicy", arn?.ToString())?.Properties.At("PolicyDocument"));
        var own = role.Properties.Items("Policies").Select(policy => policy.At("PolicyDocument"));
        return attached.Concat(own).Any(policy => policy?.ToJsonString().Contains("autoscaling:SetDesiredCapacity", StringComparison.Ordinal) == true);
    }

    // Go's durations; charts and people write whole seconds, minutes or hours.
    private static TimeSpan Time(Dictionary<string, string> arguments, string name, int seconds) =>
        arguments.GetValueOrDefault(name) is [.. var number, var unit] && int.TryParse(number, out var given)
            ? TimeSpan.FromSeconds(given * (unit switch { 'h' => 3600, 'm' => 60, _ => 1 }))
            : TimeSpan.FromSeconds(seconds);
}
