using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Storage;

internal static class NetworkValidation
{
    public static void CheckService(JsonObject document, FieldFaults faults)
    {
        var type = document.Text("spec", "type");
        faults.OneOf("spec.type", type, "ClusterIP", "ExternalName", "LoadBalancer", "NodePort");
        if (type == "ExternalName" && document.Text("spec", "externalName") is not { Length: > 0 })
            faults.Required("spec.externalName");
        var ports = document.Items("spec", "ports").ToList();
        if (type != "ExternalName" && ports.Count == 0 && document.Text("spec", "clusterIP") != "None")
            faults.Required("spec.ports");
        Validation.CheckLabels("spec.selector", document.Texts("spec", "selector"), faults);

        var (names, numbers) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<(int?, string?)>());
        for (var index = 0; index < ports.Count; index++)
        {
            var (port, path) = (ports[index], $"spec.ports[{index}]");
            if (port.Text("name") is not { Length: > 0 } name)
            {
                if (ports.Count > 1)
                    faults.Required(path + ".name");
            }
            else
            {
                faults.Check(path + ".name", name, NameRules.Label(name));
                if (!names.Add(name))
                    faults.Duplicate(path + ".name", name);
            }

            faults.Port(path + ".port", port.Number("port") ?? 0);
            faults.OneOf(path + ".protocol", port.Text("protocol"), "SCTP", "TCP", "UDP");
            faults.Port(path + ".targetPort", port.Number("targetPort"));
            if (port.Text("targetPort") is { } target)
                faults.Check(path + ".targetPort", target, NameRules.PortName(target));
            if (!numbers.Add((port.Number("port"), port.Text("protocol"))))
                faults.Duplicate(path, new JsonObject { ["protocol"] = port.Text("protocol"), ["port"] = port.Number("port") });
        }
    }

    public static void CheckIngress(JsonObject document, FieldFaults faults)
    {
        var rule = -1;
        foreach (var item in document.Items("spec", "rules"))
        {
            rule++;
            if (item.Text("host") is { Length: > 0 } host && NameRules.Subdomain(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host) is { } fault)
                faults.Invalid($"spec.rules[{rule}].host", host, fault);
            var path = -1;
            foreach (var entry in item.Items("http", "paths"))
                CheckPath(entry, $"spec.rules[{rule}].http.paths[{++path}]", faults);
        }

        if (rule < 0 && document.Object("spec", "defaultBackend") is null)
            faults.Invalid("spec", document["spec"] ?? new JsonObject(), "either `defaultBackend` or `rules` must be specified");
    }

    private static void CheckPath(JsonObject entry, string path, FieldFaults faults)
    {
        if (entry.Text("pathType") is not { } type)
            faults.Required(path + ".pathType", "pathType must be specified");
        else if (type is not ("Exact" or "Prefix" or "ImplementationSpecific"))
            faults.OneOf(path + ".pathType", type, "Exact", "ImplementationSpecific", "Prefix");
        else if (entry.Text("path") is not ['/', ..] && type != "ImplementationSpecific")
            faults.Invalid(path + ".path", entry.Text("path") ?? "", "must be an absolute path");

        if (entry.Object("backend") is not { } backend || (backend.Object("service") is null && backend.Object("resource") is null))
            faults.Required(path + ".backend", "resource or service backend is required");
        else if (backend.Object("service") is { } service)
        {
            if (service.Text("name") is not { Length: > 0 })
                faults.Required(path + ".backend.service.name");
            if (service.Number("port", "number") is null && service.Text("port", "name") is null)
                faults.Required(path + ".backend.service.port", "port name or number is required");
        }
    }
}
