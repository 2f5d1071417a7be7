using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Portal.Core.Provisioning;

namespace Portal.Core.Drift;

/// <summary>The objects of a release's manifest, as helm renders it: YAML documents one after the other.</summary>
public static partial class Manifest
{
    public static IReadOnlyList<JsonObject> Read(string yaml) =>
        [.. Separator().Split(yaml).Where(document => !string.IsNullOrWhiteSpace(document)).Select(YamlValues.ToJson).OfType<JsonObject>()];

    [GeneratedRegex(@"^---.*$", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex Separator();
}
