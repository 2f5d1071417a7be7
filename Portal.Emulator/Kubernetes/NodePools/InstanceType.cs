using System.Globalization;

namespace Portal.Emulator.Kubernetes.NodePools;

/// <summary>An instance type that a node pool may start: its well-known labels, and what it offers.</summary>
/// <param name="Name">For example <c>c6a.large</c>.</param>
internal sealed record InstanceType(string Name, int Cpu)
{
    // Cheapest first, so that the first that fits is the one to start: a size up costs twice as much, and within a size c < m < r
    // (EC2 on-demand prices of the sixth generation).
    public static IReadOnlyList<InstanceType> All { get; } =
    [
        .. new[] { ("large", 2), ("xlarge", 4), ("2xlarge", 8), ("4xlarge", 16) }
            .SelectMany(size => new[] { "c6a", "m6a", "r6a" }.Select(family => new InstanceType($"{family}.{size.Item1}", size.Item2))),
    ];

    private string Family => Name.Split('.')[0];

    /// <summary>EKS user guide, "EKS Auto Mode Supported Labels".</summary>
    public Dictionary<string, string> Labels => new(StringComparer.Ordinal)
    {
        ["node.kubernetes.io/instance-type"] = Name,
        ["kubernetes.io/arch"] = "amd64",
        ["kubernetes.io/os"] = "linux",
        ["karpenter.sh/capacity-type"] = "on-demand",
        ["eks.amazonaws.com/compute-type"] = "auto",
        ["eks.amazonaws.com/instance-category"] = Family[..1],
        ["eks.amazonaws.com/instance-family"] = Family,
        ["eks.amazonaws.com/instance-generation"] = Family[1..2],
        ["eks.amazonaws.com/instance-size"] = Name.Split('.')[1],
        ["eks.amazonaws.com/instance-cpu"] = Cpu.ToString(CultureInfo.InvariantCulture),
        ["eks.amazonaws.com/instance-cpu-manufacturer"] = "amd",
        ["eks.amazonaws.com/instance-hypervisor"] = "nitro",
    };
}
