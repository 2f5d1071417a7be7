using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>What a node of an instance type offers. Pods: the number of addresses of the type, as the VPC CNI limits them.</summary>
internal static class InstanceTypes
{
    private static readonly Dictionary<string, (int Cpu, int MemoryGib, int Pods)> _sizes = new(StringComparer.Ordinal)
    {
        ["small"] = (2, 2, 11),
        ["medium"] = (2, 4, 17),
        ["large"] = (2, 8, 29),
        ["xlarge"] = (4, 16, 58),
        ["2xlarge"] = (8, 32, 58),
        ["4xlarge"] = (16, 64, 234),
    };

    public static JsonObject Status(string instanceType, string address, string name, string version, string osImage)
    {
        var (cpu, memory, pods) = _sizes.GetValueOrDefault(instanceType.Split('.')[^1], (2, 8, 29));
        if (instanceType == "t3.large")
            pods = 35;
        // For compute there is half as much memory to a processor, for memory twice as much.
        memory = instanceType[0] switch { 'c' => memory / 2, 'r' => memory * 2, _ => memory };
        return new JsonObject
        {
            ["capacity"] = Resources($"{cpu}", $"{memory}Gi", pods),
            // Kubelet and system take their part.
            ["allocatable"] = Resources($"{(cpu * 1000) - 70}m", $"{(memory * 1024) - 600}Mi", pods),
            ["addresses"] = new JsonArray(
                new JsonObject { ["type"] = "InternalIP", ["address"] = address },
                new JsonObject { ["type"] = "InternalDNS", ["address"] = name },
                new JsonObject { ["type"] = "Hostname", ["address"] = name }),
            ["nodeInfo"] = new JsonObject
            {
                ["architecture"] = "amd64",
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

    private static JsonObject Resources(string cpu, string memory, int pods) => new()
    {
        ["cpu"] = cpu,
        ["ephemeral-storage"] = "20Gi",
        ["memory"] = memory,
        ["pods"] = pods.ToString(),
    };
}
