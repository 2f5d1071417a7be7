using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Controllers;

namespace Portal.Emulator.Kubernetes.Storage;

internal static class PodValidation
{
    public static void Check(JsonObject document, JsonObject? current, FieldFaults faults)
    {
        CheckSpec(document.Object("spec"), "spec", faults);
        if (current is not null && !IsAllowedUpdate(current.Object("spec"), document.Object("spec")))
        {
            faults.Forbidden(
                "spec",
                "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)");
        }
    }

    public static void CheckSpec(JsonObject? spec, string path, FieldFaults faults)
    {
        var volumes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (volume, at) in Indexed(spec, "volumes", path))
        {
            CheckName(volume, at, volumes, faults);
            if (volume.Count < 2)
                faults.Required(at, "must specify a volume type");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        if (!spec.Items("containers").Any())
            faults.Required(path + ".containers");
        foreach (var (container, at) in Indexed(spec, "initContainers", path).Concat(Indexed(spec, "containers", path)))
        {
            CheckName(container, at, names, faults);
            CheckContainer(container, at, volumes, faults);
        }

        faults.OneOf(path + ".restartPolicy", spec.Text("restartPolicy") ?? "Always", "Always", "OnFailure", "Never");
    }

    private static void CheckContainer(JsonObject container, string path, HashSet<string> volumes, FieldFaults faults)
    {
        var image = container.Text("image") ?? "";
        if (image.Length == 0)
            faults.Required(path + ".image");
        else if (image.Trim() != image)
            faults.Invalid(path + ".image", image, "must not have leading or trailing whitespace");
        faults.OneOf(path + ".imagePullPolicy", container.Text("imagePullPolicy"), "Always", "IfNotPresent", "Never");
        CheckPorts(container, path, faults);
        foreach (var (variable, at) in Indexed(container, "env", path))
        {
            if (string.IsNullOrEmpty(variable.Text("name")))
                faults.Required(at + ".name");
            if (variable.Object("valueFrom") is not null && variable.Text("value") is { Length: > 0 })
                faults.Invalid(at + ".valueFrom", "", "may not be specified when `value` is not empty");
        }

        CheckMounts(container, path, volumes, faults);
        CheckResources(container, path, faults);
        foreach (var probe in (ReadOnlySpan<string>)["livenessProbe", "readinessProbe", "startupProbe"])
            CheckProbe(container, probe, $"{path}.{probe}", faults);
    }

    private static void CheckPorts(JsonObject container, string path, FieldFaults faults)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (port, at) in Indexed(container, "ports", path))
        {
            if (port.Number("containerPort") is null or 0)
                faults.Required(at + ".containerPort");
            else
                faults.Port(at + ".containerPort", port.Number("containerPort"));
            faults.OneOf(at + ".protocol", port.Text("protocol"), "SCTP", "TCP", "UDP");
            if (port.Text("name") is not { Length: > 0 } name)
                continue;
            faults.Check(at + ".name", name, NameRules.PortName(name));
            if (!names.Add(name))
                faults.Duplicate(at + ".name", name);
        }
    }

    private static void CheckMounts(JsonObject container, string path, HashSet<string> volumes, FieldFaults faults)
    {
        var places = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (mount, at) in Indexed(container, "volumeMounts", path))
        {
            var name = mount.Text("name") ?? "";
            if (name.Length == 0)
                faults.Required(at + ".name");
            else if (!volumes.Contains(name))
                faults.NotFound(at + ".name", name);
            var place = mount.Text("mountPath") ?? "";
            if (place.Length == 0)
                faults.Required(at + ".mountPath");
            else if (!places.Add(place))
                faults.Invalid(at + ".mountPath", place, "must be unique");
        }
    }

    private static void CheckResources(JsonObject container, string path, FieldFaults faults)
    {
        foreach (var (name, request) in container.Texts("resources", "requests"))
        {
            if (container.Text("resources", "limits", name) is { } limit && Quantity.Parse(request) > Quantity.Parse(limit))
                faults.Invalid(path + ".resources.requests", request, $"must be less than or equal to {name} limit of {limit}");
        }
    }

    private static void CheckProbe(JsonObject container, string name, string path, FieldFaults faults)
    {
        if (container.Object(name) is not { } probe)
            return;

        if (!probe.ContainsKey("exec") && !probe.ContainsKey("httpGet") && !probe.ContainsKey("tcpSocket") && !probe.ContainsKey("grpc"))
            faults.Required(path, "must specify a handler type");
        if (name != "readinessProbe" && probe.Number("successThreshold") is > 1 and var threshold)
            faults.Invalid(path + ".successThreshold", threshold, "must be 1");
        foreach (var handler in (ReadOnlySpan<string>)["httpGet", "tcpSocket", "grpc"])
        {
            if (probe.Object(handler) is { } action && action["port"] is null)
                faults.Required($"{path}.{handler}.port");
            else
                faults.Port($"{path}.{handler}.port", probe.Number(handler, "port"));
        }
    }

    private static void CheckName(JsonObject item, string path, HashSet<string> known, FieldFaults faults)
    {
        var name = item.Text("name") ?? "";
        if (name.Length == 0)
            faults.Required(path + ".name");
        else if (NameRules.Label(name) is { } fault)
            faults.Invalid(path + ".name", name, fault);
        else if (!known.Add(name))
            faults.Duplicate(path + ".name", name);
    }

    private static bool IsAllowedUpdate(JsonObject? current, JsonObject? next)
    {
        // The scheduler's binding is an update too.
        var (before, after) = (Frozen(current), Frozen(next));
        return JsonNode.DeepEquals(before, after);

        static JsonObject? Frozen(JsonObject? spec)
        {
            var copy = spec?.Copy();
            foreach (var field in (ReadOnlySpan<string>)["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "nodeName", "ephemeralContainers"])
                copy?.Remove(field);
            foreach (var container in copy.Items("containers").Concat(copy.Items("initContainers")))
                container.Remove("image");
            return copy;
        }
    }

    private static IEnumerable<(JsonObject Item, string Path)> Indexed(JsonObject? parent, string list, string path) =>
        parent.Items(list).Select((item, index) => (item, $"{path}.{list}[{index}]"));
}
