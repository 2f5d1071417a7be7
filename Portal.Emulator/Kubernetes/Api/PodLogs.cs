using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>A few lines such as a container writes when it starts; no program runs.</summary>
internal static class PodLogs
{
    public static async Task WriteAsync(HttpContext context, JsonObject pod)
    {
        var names = pod.Items("spec", "containers").Select(container => container.Text("name") ?? "").ToList();
        var name = context.Request.Query["container"].ToString();
        if (name.Length == 0)
            name = names[0];
        var container = pod.Items("spec", "containers").FirstOrDefault(item => item.Text("name") == name)
            ?? throw ApiException.BadRequest($"container {name} is not valid for pod {pod.Name()}");
        var status = pod.Items("status", "containerStatuses").FirstOrDefault(item => item.Text("name") == name);
        if (status.Text("state", "running", "startedAt") is not { } startedAt)
        {
            var reason = status.Text("state", "waiting", "reason") ?? "ContainerCreating";
            throw ApiException.BadRequest($"container \"{name}\" in pod \"{pod.Name()}\" is waiting to start: {reason}");
        }

        var withTime = context.Request.Query["timestamps"].ToString() is "true" or "1";
        var lines = Lines(pod, container).Select(line => withTime ? $"{startedAt} {line}" : line);
        if (int.TryParse(context.Request.Query["tailLines"], out var tail))
            lines = lines.TakeLast(tail);
        context.Response.ContentType = "text/plain";
        await context.Response.WriteAsync(string.Concat(lines.Select(line => line + "\n")), context.RequestAborted);
    }

    private static IEnumerable<string> Lines(JsonObject pod, JsonObject container)
    {
        yield return $"Starting {container.Text("image")} as {pod.Name()} on {pod.Text("spec", "nodeName")}";
        foreach (var setting in container.Items("env").Where(item => item.Text("value") is not null && !item.Text("name")!.Contains("SECRET", StringComparison.OrdinalIgnoreCase)))
            yield return $"Setting {setting.Text("name")}={setting.Text("value")}";
        foreach (var port in container.Items("ports"))
            yield return $"Listening on 0.0.0.0:{port.Number("containerPort")}";
        yield return "Ready";
    }
}
