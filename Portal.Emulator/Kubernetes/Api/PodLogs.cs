using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>A few lines such as a container writes when it starts; no program runs.</summary>
internal sealed class PodLogs(ClusterStore store)
{
    public async Task WriteAsync(HttpContext context, ApiPath path)
    {
        var query = context.Request.Query;
        var pod = store.Get(path.Kind, path.Namespace, path.Name!);
        var name = NameOf(pod, query["container"].ToString());
        var container = Containers(pod).First(item => item.Text("name") == name);
        var isPrevious = query["previous"].ToString() is "true" or "1";
        var startedAt = StartOf(pod, name, isPrevious);
        context.Response.ContentType = "text/plain";

        var lines = Lines(pod, container, ExitOf(pod, name, isPrevious), SaidBy(pod, name)).ToList();
        if (DateTimeOffset.TryParse(query["sinceTime"], out var since) && DateTimeOffset.TryParse(startedAt, out var started) && started < since)
            lines.Clear();
        if (int.TryParse(query["tailLines"], out var tail))
            lines = [.. lines.TakeLast(tail)];
        var withTime = query["timestamps"].ToString() is "true" or "1";
        await context.Response.WriteAsync(string.Concat(lines.Select(line => (withTime ? $"{startedAt} {line}" : line) + "\n")), context.RequestAborted);
        if (query["follow"].ToString() is "true" or "1" && !isPrevious)
            await FollowAsync(context, path, pod.Uid());
    }

    private static IEnumerable<JsonObject> Containers(JsonObject pod) => pod.Items("spec", "containers").Concat(pod.Items("spec", "initContainers"));

    private static string NameOf(JsonObject pod, string asked)
    {
        var names = pod.Items("spec", "containers").Select(container => container.Text("name") ?? "").ToList();
        if (asked.Length == 0 && names.Count > 1)
            throw ApiException.BadRequest($"a container name must be specified for pod {pod.Name()}, choose one of: [{string.Join(' ', names)}]");
        if (asked.Length > 0 && Containers(pod).All(container => container.Text("name") != asked))
            throw ApiException.BadRequest($"container {asked} is not valid for pod {pod.Name()}");
        return asked.Length > 0 ? asked : names[0];
    }

    private static string StartOf(JsonObject pod, string name, bool isPrevious)
    {
        var status = pod.Items("status", "containerStatuses").Concat(pod.Items("status", "initContainerStatuses")).FirstOrDefault(item => item.Text("name") == name);
        if (isPrevious)
            return status.Text("lastState", "terminated", "startedAt") ?? throw ApiException.BadRequest($"previous terminated container \"{name}\" in pod \"{pod.Name()}\" not found");
        if ((status.Text("state", "running", "startedAt") ?? status.Text("state", "terminated", "startedAt") ?? status.Text("lastState", "terminated", "startedAt")) is { } startedAt)
            return startedAt;

        var reason = status.Text("state", "waiting", "reason") ?? "ContainerCreating";
        var problem = reason is "ImagePullBackOff" or "ErrImagePull" ? "trying and failing to pull image" : reason;
        throw ApiException.BadRequest($"container \"{name}\" in pod \"{pod.Name()}\" is waiting to start: {problem}");
    }

    /// <summary>Nothing more is written: the stream stays open until the pod is gone or the client leaves.</summary>
    private async Task FollowAsync(HttpContext context, ApiPath path, string uid)
    {
        await context.Response.Body.FlushAsync(context.RequestAborted);
        var (items, _, live) = store.ListAndWatch(path.Kind, path.Namespace);
        using (live)
        {
            if (items.FirstOrDefault(item => item.Uid() == uid) is not { } pod || IsOver(pod))
                return;
            await foreach (var change in live.Changes.ReadAllAsync(context.RequestAborted))
            {
                if (change.Object.Uid() == uid && (change.Type == ChangeType.Deleted || IsOver(change.Object)))
                    return;
            }
        }
    }

    private static bool IsOver(JsonObject pod) => pod.Text("status", "phase") is "Succeeded" or "Failed";

    /// <summary>How the container ended whose log is asked for; null for one that runs.</summary>
    private static int? ExitOf(JsonObject pod, string name, bool isPrevious)
    {
        var status = pod.Items("status", "containerStatuses").FirstOrDefault(item => item.Text("name") == name);
        return isPrevious ? status.Number("lastState", "terminated", "exitCode") ?? 1 : status.Number("state", "terminated", "exitCode");
    }

    private static string? SaidBy(JsonObject pod, string name) =>
        pod.Items("status", "containerStatuses").FirstOrDefault(item => item.Text("name") == name).Text("state", "terminated", "message");

    private static IEnumerable<string> Lines(JsonObject pod, JsonObject container, int? exitCode, string? said)
    {
        yield return $"Starting {container.Text("image")} as {pod.Name()} on {pod.Text("spec", "nodeName")}";
        foreach (var setting in container.Items("env").Where(item => item.Text("value") is not null && !item.Text("name")!.Contains("SECRET", StringComparison.OrdinalIgnoreCase)))
            yield return $"Setting {setting.Text("name")}={setting.Text("value")}";
        foreach (var port in container.Items("ports"))
            yield return $"Listening on 0.0.0.0:{port.Number("containerPort")}";
        if (said is not null)
            yield return said;
        yield return exitCode is { } code ? $"Ended with exit code {code}" : "Ready";
    }
}
