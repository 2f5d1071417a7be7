using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Patching;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>The scale subresource (autoscaling/v1 Scale).</summary>
internal sealed class ScaleHandler(ClusterStore store)
{
    public async Task HandleAsync(HttpContext context, ApiPath path)
    {
        var current = store.Get(path.Kind, path.Namespace, path.Name!);
        var method = context.Request.Method;
        if (HttpMethods.IsGet(method))
        {
            await Answers.WriteAsync(context, View(current));
            return;
        }

        JsonObject wanted;
        if (HttpMethods.IsPut(method))
        {
            wanted = await Bodies.ReadObjectAsync(context.Request, context.RequestAborted);
        }
        else if (HttpMethods.IsPatch(method))
        {
            var patch = await Bodies.ReadAsync(context.Request, context.RequestAborted);
            wanted = Patches.Of(Bodies.MediaType(context.Request), patch, path.Kind)(View(current));
        }
        else
        {
            throw ApiException.MethodNotAllowed();
        }

        var replicas = wanted.Number("spec", "replicas") ?? 0;
        var updated = store.Update(path.Kind, path.Namespace, path.Name!, UpdateScope.Main, document =>
        {
            if (wanted.Text("metadata", "resourceVersion") is { Length: > 0 } version)
                document.Metadata()["resourceVersion"] = version;
            document.Ensure("spec")["replicas"] = replicas;
            return document;
        });
        await Answers.WriteAsync(context, View(updated));
    }

    private static JsonObject View(JsonObject document) => new()
    {
        ["kind"] = "Scale",
        ["apiVersion"] = "autoscaling/v1",
        ["metadata"] = new JsonObject
        {
            ["name"] = document.Name(),
            ["namespace"] = document.Namespace(),
            ["uid"] = document.Uid(),
            ["resourceVersion"] = document.Text("metadata", "resourceVersion"),
            ["creationTimestamp"] = document.Text("metadata", "creationTimestamp"),
        },
        ["spec"] = new JsonObject { ["replicas"] = document.Number("spec", "replicas") ?? 0 },
        ["status"] = new JsonObject
        {
            ["replicas"] = document.Number("status", "replicas") ?? 0,
            ["selector"] = string.Join(',', document.Texts("spec", "selector", "matchLabels").Select(pair => $"{pair.Key}={pair.Value}")),
        },
    };
}
