using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Controllers;

internal static class Conditions
{
    public static string? StatusOf(JsonObject document, string type) => Find(document, type).Text("status");

    public static JsonObject? Find(JsonObject document, string type) =>
        document.Items("status", "conditions").FirstOrDefault(condition => condition.Text("type") == type);

    public static bool IsReady(JsonObject document) => StatusOf(document, "Ready") == "True";

    /// <summary>Sets a condition; its transition time moves only with its status.</summary>
    public static void Set(JsonObject document, string type, bool status, string? reason, string? message, string now, bool hasUpdateTime = false)
    {
        var holder = document.Ensure("status");
        if (holder["conditions"] is not JsonArray conditions)
            holder["conditions"] = conditions = [];
        var condition = conditions.OfType<JsonObject>().FirstOrDefault(item => item.Text("type") == type);
        if (condition is null)
        {
            condition = new JsonObject { ["type"] = type };
            conditions.Add(condition);
        }

        var text = status ? "True" : "False";
        var changed = condition.Text("status") != text || condition.Text("reason") != reason || condition.Text("message") != message;
        if (condition.Text("status") != text)
            condition["lastTransitionTime"] = now;
        if (hasUpdateTime && changed)
            condition["lastUpdateTime"] = now;
        condition["status"] = text;
        Assign(condition, "reason", reason);
        Assign(condition, "message", message);
    }

    /// <summary>Real time until a ready pod has been ready for <paramref name="seconds"/> of simulated time.</summary>
    public static TimeSpan UntilAvailable(ControllerContext context, JsonObject pod, int seconds)
    {
        if (seconds == 0 || !DateTimeOffset.TryParse(Find(pod, "Ready").Text("lastTransitionTime"), out _))
            return TimeSpan.Zero;
        return context.Remaining($"available/{pod.Uid()}/{Find(pod, "Ready").Text("lastTransitionTime")}", TimeSpan.FromSeconds(seconds));
    }

    private static void Assign(JsonObject condition, string name, string? value)
    {
        if (value is null)
            condition.Remove(name);
        else
            condition[name] = value;
    }
}
