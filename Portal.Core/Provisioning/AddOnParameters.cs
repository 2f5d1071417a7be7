namespace Portal.Core.Provisioning;

/// <summary>Parameters of the cluster's and the nodes' templates that are versions of EKS add-ons.</summary>
public static class AddOnParameters
{
    /// <summary>Parameter → the add-on's name at EKS.</summary>
    public static IReadOnlyDictionary<string, string> Names { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["VpcCniVersion"] = "vpc-cni",
        ["KubeProxyVersion"] = "kube-proxy",
        ["PodIdentityAgentVersion"] = "eks-pod-identity-agent",
        ["CoreDnsVersion"] = "coredns",
        ["MetricsServerVersion"] = "metrics-server",
        ["SecretsStoreVersion"] = "aws-secrets-store-csi-driver-provider",
    };

    /// <summary>
    /// What EKS is to be asked before the step begins: the versions that the whole plan names, at the first of its steps that names any, so that
    /// it is asked once an operation.
    /// </summary>
    public static IReadOnlyList<(string Parameter, string AddOn, string Version, string Kubernetes)> ToAsk(Plan plan, PlannedStep step)
    {
        var naming = plan.Steps.Where(one => one is { Kind: StepKind.Stack, Action: PlanAction.Ensure } && Of(one).Any()).ToList();
        return naming.FirstOrDefault()?.Name == step.Name
            ? [.. naming.SelectMany(one => Named(plan.Steps, one))]
            : [];
    }

    /// <summary>The versions that a step names, each with that of Kubernetes it is for; empty where none of the steps says it.</summary>
    /// <param name="steps">All that it stands among.</param>
    public static IEnumerable<(string Parameter, string AddOn, string Version, string Kubernetes)> Named(IReadOnlyList<PlannedStep> steps, PlannedStep step) =>
        Of(step).Select(named => (named.Parameter, Names[named.Parameter], named.Version, KubernetesOf(step) ?? steps.Select(KubernetesOf).FirstOrDefault(version => version is not null) ?? ""));

    private static IEnumerable<(string Parameter, string Version)> Of(PlannedStep step) =>
        step.Inputs.Where(input => Names.ContainsKey(input.Key) && input.Value.Value is { Length: > 0 }).Select(input => (input.Key, input.Value.Value!));

    private static string? KubernetesOf(PlannedStep step) => step.Inputs.GetValueOrDefault("KubernetesVersion")?.Value;
}
