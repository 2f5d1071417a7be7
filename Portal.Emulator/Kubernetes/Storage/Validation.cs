using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Portal.Emulator.Kubernetes.Storage;

/// <summary>The refusals that a chart's author meets; not every rule of the API server.</summary>
internal static partial class Validation
{
    private const string SubdomainRule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    public static void Check(ResourceKind kind, JsonObject document, JsonObject? current)
    {
        var faults = new List<(string, string, string)>();
        CheckName(kind, document, faults);
        if (kind == Kinds.Deployment || kind == Kinds.ReplicaSet)
            CheckWorkload(document, current, faults);
        else if (kind == Kinds.Pod)
            CheckContainers(document.Object("spec"), "spec", faults);
        else if (kind == Kinds.Service && document.Text("spec", "type") != "ExternalName" && !document.Items("spec", "ports").Any() && document.Text("spec", "clusterIP") != "None")
            faults.Add(("spec.ports", "FieldValueRequired", "Required value"));
        else if (kind == Kinds.Ingress)
            CheckIngress(document, faults);

        if (faults.Count > 0)
            throw ApiException.Invalid(kind, document.Name(), [.. faults]);
    }

    private static void CheckName(ResourceKind kind, JsonObject document, List<(string, string, string)> faults)
    {
        var name = document.Name();
        if (name.Length == 0)
            faults.Add(("metadata.name", "FieldValueRequired", "Required value: name or generateName is required"));
        else if (kind.Group != "rbac.authorization.k8s.io" && (name.Length > 253 || !Subdomain().IsMatch(name)))
            faults.Add(("metadata.name", "FieldValueInvalid", $"Invalid value: \"{name}\": {SubdomainRule}"));
        else if ((kind == Kinds.Namespace || kind == Kinds.Service) && (name.Length > 63 || name.Contains('.')))
            faults.Add(("metadata.name", "FieldValueInvalid", $"Invalid value: \"{name}\": must be no more than 63 characters and without dots"));
    }

    private static void CheckWorkload(JsonObject document, JsonObject? current, List<(string, string, string)> faults)
    {
        var selector = document.Object("spec", "selector");
        if (selector is not { Count: > 0 })
        {
            faults.Add(("spec.selector", "FieldValueRequired", "Required value"));
        }
        else
        {
            if (!LabelSelector.Parse(selector).Matches(document.Texts("spec", "template", "metadata", "labels")))
            {
                var labels = document.Object("spec", "template", "metadata", "labels")?.ToJsonString() ?? "{}";
                faults.Add(("spec.template.metadata.labels", "FieldValueInvalid", $"Invalid value: {labels}: `selector` does not match template `labels`"));
            }

            if (current is not null && !JsonNode.DeepEquals(selector, current.At("spec", "selector")))
                faults.Add(("spec.selector", "FieldValueInvalid", $"Invalid value: {selector.ToJsonString()}: field is immutable"));
        }

        if (document.Number("spec", "replicas") is < 0 and var replicas)
            faults.Add(("spec.replicas", "FieldValueInvalid", $"Invalid value: {replicas}: must be greater than or equal to 0"));
        CheckContainers(document.Object("spec", "template", "spec"), "spec.template.spec", faults);
    }

    private static void CheckContainers(JsonObject? spec, string path, List<(string, string, string)> faults)
    {
        var containers = spec.Items("containers").ToList();
        if (containers.Count == 0)
            faults.Add((path + ".containers", "FieldValueRequired", "Required value"));
        for (var index = 0; index < containers.Count; index++)
        {
            if (string.IsNullOrEmpty(containers[index].Text("name")))
                faults.Add(($"{path}.containers[{index}].name", "FieldValueRequired", "Required value"));
            if (string.IsNullOrEmpty(containers[index].Text("image")))
                faults.Add(($"{path}.containers[{index}].image", "FieldValueRequired", "Required value"));
        }
    }

    private static void CheckIngress(JsonObject document, List<(string, string, string)> faults)
    {
        var rule = -1;
        foreach (var item in document.Items("spec", "rules"))
        {
            rule++;
            var path = -1;
            foreach (var entry in item.Items("http", "paths"))
            {
                path++;
                if (entry.Text("pathType") is not ("Exact" or "Prefix" or "ImplementationSpecific"))
                    faults.Add(($"spec.rules[{rule}].http.paths[{path}].pathType", "FieldValueRequired", "Required value: pathType must be specified"));
                else if (entry.Text("path") is not ['/', ..] && entry.Text("pathType") != "ImplementationSpecific")
                    faults.Add(($"spec.rules[{rule}].http.paths[{path}].path", "FieldValueInvalid", $"Invalid value: \"{entry.Text("path")}\": must be an absolute path"));
            }
        }

        if (rule < 0 && document.Object("spec", "defaultBackend") is null)
            faults.Add(("spec", "FieldValueInvalid", "Invalid value: {}: either `defaultBackend` or `rules` must be specified"));
    }

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Subdomain();
}
