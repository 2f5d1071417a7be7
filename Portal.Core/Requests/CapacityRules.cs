using System.Globalization;
using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using static Portal.Core.Requests.SpecificationValidator;

namespace Portal.Core.Requests;

/// <summary>
/// Whether the most nodes that a managed node group may have, have room for all pods, those under load not counted. A group begins with fewer
/// and grows. Auto Mode starts as many as the pods need.
/// </summary>
public static class CapacityRules
{
    /// <returns>Null where they fit; else what is short, and the size that would do.</returns>
    internal static FieldError? Fault(Specification specification, ServiceCatalog catalog)
    {
        if (specification.Cluster.Mode == ClusterMode.AutoMode || catalog.FindSize(specification.Cluster.Size) is not { } size)
            return null;
        var needs = Needs(specification);
        var overhead = ServiceSettings.ReadSecrets(specification, catalog) ? catalog.Overhead.WithSecrets() : catalog.Overhead;
        var range = NodeRange.Of(specification.Cluster, size);
        if (Short(needs, size, range, overhead) is not { } what)
            return null;
        var larger = catalog.ClusterSizes.FirstOrDefault(other => Short(needs, other, NodeRange.Of(specification.Cluster, other), overhead) is null);
        var more = Enumerable.Range(range.Most + 1, Math.Max(0, FieldLimits.Nodes.High - range.Most)).FirstOrDefault(count => Short(needs, size, range with { Most = count }, overhead) is null);
        var remedy = (larger, more) switch
        {
            (_, > 0) when range.Most != size.Max => $"Allow {Text(more)} nodes at most",
            ({ } fits, _) => $"Choose {fits.Title}",
            (null, > 0) => $"Allow {Text(more)} nodes at most",
            _ => "Ask for less a pod",
        };
        return new FieldError("cluster.size", size.Id, $"{what}. {remedy}, or ask for fewer or smaller pods.");
    }

    private static PodNeeds Needs(Specification specification) => new(
        specification.Services.Sum(Pods),
        specification.Services.Sum(service => Pods(service) * service.Runtime.Cpu),
        specification.Services.Sum(service => Pods(service) * service.Runtime.Memory),
        specification.Services.Max(service => service.Runtime.Cpu),
        specification.Services.Max(service => service.Runtime.Memory));

    /// <summary>A job's is there for a while only, and has to find room then.</summary>
    private static int Pods(ServiceSpecification service) => (service.RunsAlways ? service.Replicas : 1) + (service.BeforeRollout is null ? 0 : 1);

    private static string? Short(PodNeeds needs, ClusterSize size, NodeRange range, NodeOverhead overhead)
    {
        var (nodes, have) = (range.Most, $"{(range.Grows ? "at most " : "")}{Text(range.Most)} × {size.InstanceType} have");
        var (cpu, memory, pods) = overhead.FreeOn(size);
        var all = (Cpu: nodes * cpu - overhead.ClusterCpu, Memory: nodes * memory - overhead.ClusterMemory, Pods: nodes * pods - overhead.ClusterPods);
        return needs switch
        {
            _ when needs.LargestCpu > cpu => $"A pod asks for {Cpus(needs.LargestCpu)} CPU, and a {size.InstanceType} has {Cpus(cpu)} to give",
            _ when needs.LargestMemory > memory => $"A pod asks for {Text(needs.LargestMemory)} MiB, and a {size.InstanceType} has {Text(memory)} to give",
            _ when needs.Pods > all.Pods => $"{Text(needs.Pods)} pods, and {have} addresses for {Text(all.Pods)} beside the cluster's own",
            _ when needs.Cpu > all.Cpu => $"The pods ask for {Cpus(needs.Cpu)} CPU, and {have} {Cpus(all.Cpu)} to give",
            _ when needs.Memory > all.Memory => $"The pods ask for {Text(needs.Memory)} MiB, and {have} {Text(all.Memory)} to give",
            _ => null,
        };
    }

    private static string Cpus(int thousandths) => (thousandths / 1000m).ToString("0.##", CultureInfo.InvariantCulture);

    private sealed record PodNeeds(int Pods, int Cpu, int Memory, int LargestCpu, int LargestMemory);
}
