using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Events about objects; the same event again counts up, as client-go's recorder does.</summary>
internal sealed class EventRecorder(ClusterStore store)
{
    public void Normal(JsonObject about, string component, string reason, string message) => Record(about, component, "Normal", reason, message);

    public void Warning(JsonObject about, string component, string reason, string message) => Record(about, component, "Warning", reason, message);

    private void Record(JsonObject about, string component, string type, string reason, string message)
    {
        var home = about.Namespace().Length > 0 ? about.Namespace() : "default";
        if (store.Find(Kinds.Namespace, null, home) is not { } space || space.IsDeleting())
            return;

        var name = $"{about.Name()}.{Seeded.Hex($"{about.Uid()}/{type}/{reason}/{message}", 16)}";
        var now = store.Now.Timestamp();
        if (store.Find(Kinds.Event, home, name) is not null)
        {
            store.Update(Kinds.Event, home, name, UpdateScope.All, known =>
            {
                known["count"] = (known.Number("count") ?? 1) + 1;
                known["lastTimestamp"] = now;
                return known;
            });
            return;
        }

        store.Create(Kinds.Event, new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = home },
            ["involvedObject"] = new JsonObject
            {
                ["kind"] = about.Kind(),
                ["namespace"] = about.Namespace(),
                ["name"] = about.Name(),
                ["uid"] = about.Uid(),
                ["apiVersion"] = about.Text("apiVersion"),
                ["resourceVersion"] = about.Text("metadata", "resourceVersion"),
            },
            ["reason"] = reason,
            ["message"] = message,
            ["source"] = new JsonObject { ["component"] = component },
            ["firstTimestamp"] = now,
            ["lastTimestamp"] = now,
            ["count"] = 1,
            ["type"] = type,
            ["eventTime"] = null,
            ["reportingComponent"] = component,
            ["reportingInstance"] = "",
        });
    }
}
