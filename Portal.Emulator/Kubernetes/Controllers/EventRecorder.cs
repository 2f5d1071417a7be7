using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Events about objects; the same event again counts up, as client-go's recorder does.</summary>
internal sealed class EventRecorder(ClusterStore store)
{
    private readonly ConcurrentDictionary<string, string> _names = new(StringComparer.Ordinal);

    public void Normal(JsonObject about, string component, string reason, string message) => Record(about, component, "Normal", reason, message);

    public void Warning(JsonObject about, string component, string reason, string message) => Record(about, component, "Warning", reason, message);

    private void Record(JsonObject about, string component, string type, string reason, string message)
    {
        var home = about.Namespace().Length > 0 ? about.Namespace() : "default";
        if (store.Find(Kinds.Namespace, null, home) is not { } space || space.IsDeleting())
            return;

        var now = store.Now.Timestamp();
        var key = $"{about.Uid()}/{type}/{reason}/{message}";
        if (_names.TryGetValue(key, out var known) && store.Find(Kinds.Event, home, known) is not null)
        {
            store.Update(Kinds.Event, home, known, UpdateScope.All, seen =>
            {
                seen["count"] = (seen.Number("count") ?? 1) + 1;
                seen["lastTimestamp"] = now;
                return seen;
            });
            return;
        }

        // As client-go names them: by the time in nanoseconds, so that events of one object are listed in their order.
        var name = $"{about.Name()}.{store.Now.ToUnixTimeMilliseconds() * 1_000_000 + store.Version % 1_000_000:x16}";
        _names[key] = name;
        store.Create(Kinds.Event, new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = home },
            ["involvedObject"] = Reference(about),
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

    /// <summary>What is kept of an event's name while the event is there.</summary>
    public void Forget(JsonObject gone) =>
        _names.TryRemove($"{gone.Text("involvedObject", "uid")}/{gone.Text("type")}/{gone.Text("reason")}/{gone.Text("message")}", out _);

    private static JsonObject Reference(JsonObject about)
    {
        var reference = new JsonObject { ["kind"] = about.Kind() };
        if (about.Namespace().Length > 0)
            reference["namespace"] = about.Namespace();
        reference["name"] = about.Name();
        reference["uid"] = about.Uid();
        reference["apiVersion"] = about.Text("apiVersion");
        reference["resourceVersion"] = about.Text("metadata", "resourceVersion");
        return reference;
    }
}
