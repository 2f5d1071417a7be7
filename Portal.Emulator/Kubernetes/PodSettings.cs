using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes;

/// <summary>The environment of a pod's first container as it may be shown: from its ConfigMaps and its own values, without what a Secret holds.</summary>
internal static class PodSettings
{
    private static readonly string[] _secretive = ["SECRET", "PASSWORD", "TOKEN", "CREDENTIAL", "PRIVATE"];

    public static IReadOnlyDictionary<string, string> Of(ClusterStore store, JsonObject pod)
    {
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var container = pod.Items("spec", "containers").FirstOrDefault();
        foreach (var source in container.Items("envFrom"))
        {
            if (source.Text("configMapRef", "name") is not { } name || store.Find(Kinds.ConfigMap, pod.Namespace(), name) is not { } map)
                continue;
            foreach (var (key, value) in map.Texts("data"))
                settings[source.Text("prefix") + key] = value;
        }

        foreach (var item in container.Items("env"))
        {
            var reference = item.Object("valueFrom", "configMapKeyRef");
            var value = item.Text("value") ?? store.Find(Kinds.ConfigMap, pod.Namespace(), reference.Text("name") ?? "").Text("data", reference.Text("key") ?? "");
            if (value is not null)
                settings[item.Text("name") ?? ""] = value;
        }

        foreach (var name in settings.Keys.Where(name => Array.Exists(_secretive, word => name.Contains(word, StringComparison.OrdinalIgnoreCase))).ToList())
            settings.Remove(name);
        return settings;
    }
}
