using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>
/// What a node of an instance type offers. Pods: as many as the VPC CNI has addresses for on the type (its eni-max-pods list); what the
/// kubelet and the system keep: as the EKS-optimised images reckon it (their nodeadm).
/// </summary>
internal static class InstanceTypes
{
    private const int EvictionMib = 100;

    // Of the size: virtual processors, GiB of memory in the families m and t, pods.
    private static readonly Dictionary<string, (int Cpu, int MemoryGib, int Pods)> _sizes = new(StringComparer.Ordinal)
    {
        ["small"] = (2, 2, 11),
        ["medium"] = (2, 4, 17),
        ["large"] = (2, 8, 29),
        ["xlarge"] = (4, 16, 58),
        ["2xlarge"] = (8, 32, 58),
        ["4xlarge"] = (16, 64, 234),
        ["8xlarge"] = (32, 128, 234),
    };

    public static JsonObject Status(string instanceType, string address, string name, string version, string osImage)
    {
        var (cpu, memoryGib, pods) = _sizes.GetValueOrDefault(instanceType.Split('.')[^1], (2, 8, 29));
        if (instanceType is "t3.large" or "t3a.large" or "t4g.large")
            pods = 35;
        // Families for computing have half the memory for a processor, those for memory twice as much.
        var memory = instanceType[0] switch { 'c' => memoryGib * 512, 'r' or 'x' => memoryGib * 2048, _ => memoryGib * 1024 };
        // The kernel and the firmware keep some three percent to themselves.
        var visible = (int)(memory * 0.97);
        var isArm = instanceType.Split('.')[0] is [.., 'g'] or [.., 'g', 'd'] or [.., 'g', 'n'];
        return new JsonObject
        {
            ["capacity"] = Resources($"{cpu}", $"{visible * 1024}Ki", pods),
            ["allocatable"] = Resources($"{(cpu * 1000) - KeptCpu(cpu)}m", $"{(visible - 255 - (11 * pods) - EvictionMib) * 1024}Ki", pods),
            ["addresses"] = new JsonArray(
                new JsonObject { ["type"] = "InternalIP", ["address"] = address },
                new JsonObject { ["type"] = "InternalDNS", ["address"] = name },
                new JsonObject { ["type"] = "Hostname", ["address"] = name }),
            ["nodeInfo"] = new JsonObject
            {
                ["architecture"] = isArm ? "arm64" : "amd64",
                ["containerRuntimeVersion"] = "containerd://2.1.0",
                ["kubeletVersion"] = $"v{version}.0-eks-portal",
                ["kubeProxyVersion"] = "",
                ["kernelVersion"] = "6.12.0",
                ["operatingSystem"] = "linux",
                ["osImage"] = osImage,
                ["machineID"] = Seeded.Hex(name, 32),
                ["systemUUID"] = Seeded.Hex(name + "/system", 32),
                ["bootID"] = Seeded.Hex(name + "/boot", 32),
            },
        };
    }

    /// <summary>Thousandths of a processor: 6 % of the first, 1 % of the second, 0.5 % of the next two, 0.25 % of the others.</summary>
    private static int KeptCpu(int cpu)
    {
        var kept = 0.0;
        for (var index = 0; index < cpu; index++)
            kept += index switch { 0 => 60, 1 => 10, 2 or 3 => 5, _ => 2.5 };
        return (int)kept;
    }

    private static JsonObject Resources(string cpu, string memory, int pods) => new()
    {
        ["cpu"] = cpu,
        ["ephemeral-storage"] = "20Gi",
        ["memory"] = memory,
        ["pods"] = pods.ToString(),
    };
}
