using System.Globalization;
using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.NodePools;

/// <summary>A NodePool object: which nodes it may start, and when it takes them away.</summary>
internal sealed class NodePool(JsonObject document)
{
    public const string Label = "karpenter.sh/nodepool";

    public string Name => document.Name();

    public JsonObject Document => document;

    /// <summary>The heavier first, then by name, as Karpenter tries them.</summary>
    public static IReadOnlyList<NodePool> All(ClusterStore store) =>
    [
        .. store.List(AutoModeKinds.NodePool).Where(pool => !pool.IsDeleting())
            .OrderByDescending(pool => pool.Number("spec", "weight") ?? 0).ThenBy(pool => pool.Name(), StringComparer.Ordinal).Select(pool => new NodePool(pool)),
    ];

    /// <summary>How long a node may stand empty; null where it stays for ever.</summary>
    public TimeSpan? ConsolidateAfter => document.Text("spec", "disruption", "consolidateAfter") switch
    {
        null => TimeSpan.Zero,
        "Never" => null,
        var text => Duration(text),
    };

    public IReadOnlyList<InstanceType> InstanceTypes => [.. InstanceType.All.Where(Admits)];

    public Dictionary<string, string> LabelsOf(InstanceType type)
    {
        var labels = type.Labels;
        foreach (var (name, value) in document.Texts("spec", "template", "metadata", "labels"))
            labels[name] = value;
        labels[Label] = Name;
        labels["eks.amazonaws.com/nodeclass"] = document.Text("spec", "template", "spec", "nodeClassRef", "name") ?? "default";
        labels["app.kubernetes.io/managed-by"] = "eks";
        return labels;
    }

    public JsonArray Taints => document.Array("spec", "template", "spec", "taints")?.DeepClone() as JsonArray ?? [];

    private bool Admits(InstanceType type)
    {
        var labels = type.Labels;
        return document.Items("spec", "template", "spec", "requirements").All(requirement => Admits(requirement, labels.GetValueOrDefault(requirement.Text("key") ?? "")));
    }

    // A label that types do not have, such as the zone, is met by where the node is put.
    private static bool Admits(JsonObject requirement, string? value)
    {
        var values = requirement.Array("values")?.Select(item => item?.ToString()).ToList() ?? [];
        return value is null || requirement.Text("operator") switch
        {
            "In" => values.Contains(value),
            "NotIn" => !values.Contains(value),
            "Gt" => Number(value) > Number(values.FirstOrDefault()),
            "Lt" => Number(value) < Number(values.FirstOrDefault()),
            "DoesNotExist" => false,
            _ => true,
        };
    }

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    // Go's notation, as far as whole hours, minutes and seconds: 30s, 1h30m.
    private static TimeSpan Duration(string text)
    {
        var (total, digits) = (TimeSpan.Zero, "");
        foreach (var letter in text)
        {
            if (char.IsAsciiDigit(letter))
            {
                digits += letter;
                continue;
            }

            var number = Number(digits) ?? 0;
            total += letter switch { 'h' => TimeSpan.FromHours(number), 'm' => TimeSpan.FromMinutes(number), _ => TimeSpan.FromSeconds(number) };
            digits = "";
        }

        return total;
    }
}
