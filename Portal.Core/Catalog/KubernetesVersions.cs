using System.Globalization;

namespace Portal.Core.Catalog;

/// <summary>A version that a request may ask for, and until when EKS supports it: kubernetes.yaml.</summary>
/// <param name="Version">For example 1.35.</param>
/// <param name="StandardUntil">Its last day; afterwards EKS updates the cluster by itself, by the support policy of the templates.</param>
/// <param name="ExtendedUntil">Last day of the support that costs six times as much, which the templates do not ask for.</param>
/// <param name="AddOns">Versions of EKS add-ons by the templates' parameters, for example VpcCniVersion; what is not there is EKS's to choose.</param>
public sealed record KubernetesVersion(string Version, DateOnly StandardUntil, DateOnly ExtendedUntil, IReadOnlyDictionary<string, string> AddOns)
{
    /// <summary>Tag of the image of the cluster autoscaler that is made for it: its minor version has to be that of Kubernetes.</summary>
    public string ClusterAutoscaler { get; init; } = "";

    private const int DaysOfWarning = 90;

    /// <summary>Whether what comes after the standard support is worth a word by now.</summary>
    public bool EndsSoon(DateOnly today) => today.AddDays(DaysOfWarning) > StandardUntil;
}

/// <summary>Reads kubernetes.yaml.</summary>
internal static class KubernetesVersions
{
    public const string File = "kubernetes.yaml";

    private const string Date = "yyyy-MM-dd";

    public static (string Default, List<KubernetesVersion> List) Read(CatalogNode file)
    {
        var (chosen, versions) = (file.Reference("default", File), file.List("versions", Version));
        return (chosen, versions);
    }

    private static KubernetesVersion Version(CatalogNode node)
    {
        var version = node.Text("version", "^1\\.[1-9][0-9]$", "1.35");
        node.Declare(version);
        var one = new KubernetesVersion(version, Day(node, "standardUntil"), Day(node, "extendedUntil"), node.Has("addOns") ? node.Texts("addOns") : [])
        {
            ClusterAutoscaler = node.Text("clusterAutoscaler", "^v1\\.[1-9][0-9]\\.[0-9]+$", "v1.35.0"),
        };
        if (!one.ClusterAutoscaler.StartsWith($"v{version}.", StringComparison.Ordinal))
            node.Fault("clusterAutoscaler", $"is '{one.ClusterAutoscaler}', which is made for another version than {version}.");
        if (one.ExtendedUntil < one.StandardUntil)
            node.Fault("extendedUntil", "is before standardUntil.");
        return one;
    }

    private static DateOnly Day(CatalogNode node, string key)
    {
        var text = node.Text(key, "^20[0-9]{2}-[0-9]{2}-[0-9]{2}$", "2027-03-27");
        if (DateOnly.TryParseExact(text, Date, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return day;
        if (text.Length == Date.Length)
            node.Fault(key, $"is '{text}', which is no day.");
        return default;
    }
}
