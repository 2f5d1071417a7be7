using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Patching;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>The scale subresource (autoscaling/v1 Scale).</summary>
internal sealed class ScaleHandler(ClusterStore store)
{
    public async Task HandleAsync(HttpContext context, ApiPath path)
    {
        var method = context.Request.Method;
        if (HttpMethods.IsGet(method))
        {
            await Answers.WriteAsync(context, View(store.Get(path.Kind, path.Namespace, path.Name!)));
            return;
        }

        // A patch is of what is there when it is written: where it names no version, it cannot come too late.
        Func<JsonObject, JsonObject> change;
        if (HttpMethods.IsPut(method))
        {
            var whole = await Bodies.ReadObjectAsync(context.Request, context.RequestAborted);
            change = _ => whole;
        }
        else if (HttpMethods.IsPatch(method))
        {
            change = Patches.Of(Bodies.MediaType(context.Request), await Bodies.ReadAsync(context.Request, context.RequestAborted), path.Kind);
        }
        else
        {
            throw ApiException.MethodNotAllowed();
        }

        var updated = store.Update(path.Kind, path.Namespace, path.Name!, UpdateScope.Main, document =>
        {
            var wanted = change(View(document));
            if (wanted.Text("metadata", "resourceVersion") is { Length: > 0 } version)
                document.Metadata()["resourceVersion"] = version;
            document.Ensure("spec")["replicas"] = wanted.Number("spec", "replicas") ?? 0;
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
