using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

internal static class ServicePorts
{
    public static bool Selects(JsonObject service, IReadOnlyDictionary<string, string> labels) =>
        service.Object("spec", "selector") is { Count: > 0 } && LabelSelector.OfMap(service.Texts("spec", "selector")).Matches(labels);

    /// <summary>The port of the pod behind a Service's port: a number, or the name of one of the pod's.</summary>
    public static int Target(JsonObject port, JsonObject pod)
    {
        if (port.Number("targetPort") is { } number)
            return number;

        var name = port.Text("targetPort");
        return pod.Items("spec", "containers").SelectMany(container => container.Items("ports"))
            .FirstOrDefault(item => item.Text("name") == name).Number("containerPort") ?? port.Number("port") ?? 0;
    }
}
