namespace Portal.Emulator.Kubernetes.Patching;

/// <summary>
/// How a strategic merge patch joins lists, by field name. Kubernetes derives this from its types (patchMergeKey in the API's Go types);
/// the fields here are those that charts and kubectl use. A list that is not named is replaced as a whole.
/// </summary>
internal static class MergeKeys
{
    private static readonly Dictionary<string, string> _byField = new(StringComparer.Ordinal)
    {
        ["containers"] = "name",
        ["initContainers"] = "name",
        ["ephemeralContainers"] = "name",
        ["env"] = "name",
        ["volumes"] = "name",
        ["volumeMounts"] = "mountPath",
        ["volumeDevices"] = "devicePath",
        ["imagePullSecrets"] = "name",
        ["secrets"] = "name",
        ["hostAliases"] = "ip",
        ["topologySpreadConstraints"] = "topologyKey",
        ["resourceClaims"] = "name",
        ["conditions"] = "type",
        ["addresses"] = "type",
        ["ownerReferences"] = "uid",
        ["podIPs"] = "ip",
        ["webhooks"] = "name",
    };

    /// <summary>Lists of plain values that are joined as sets.</summary>
    private static readonly HashSet<string> _sets = new(StringComparer.Ordinal) { "finalizers" };

    /// <param name="parent">Name of the field that holds the object with <paramref name="field"/>.</param>
    public static string? Of(string parent, string field) => field switch
    {
        "ports" when parent is "containers" or "initContainers" => "containerPort",
        "ports" when parent == "spec" => "port",
        // EndpointSlices and Endpoints replace theirs.
        "addresses" when parent != "status" => null,
        _ => _byField.GetValueOrDefault(field),
    };

    public static bool IsSet(string field) => _sets.Contains(field);
}
