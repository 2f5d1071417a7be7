using System.Text;
using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Storage;

/// <summary>
/// The refusals that people and charts meet, in the words of k8s.io/kubernetes' pkg/apis/*/validation and apimachinery's validation; not every
/// rule of the API server.
/// </summary>
internal static class Validation
{
    private const int MostAnnotations = 256 * 1024;

    public static void Check(ResourceKind kind, JsonObject document, JsonObject? current)
    {
        var faults = new FieldFaults();
        CheckMetadata(kind, document, faults);
        if (kind == Kinds.Deployment || kind == Kinds.ReplicaSet)
            WorkloadValidation.Check(kind, document, current, faults);
        else if (kind == Kinds.Job)
            WorkloadValidation.CheckJob(document, current, faults);
        else if (kind == Kinds.CronJob)
            CronJobValidation.Check(document, faults);
        else if (kind == Kinds.Pod)
            PodValidation.Check(document, current, faults);
        else if (kind == Kinds.Service)
            NetworkValidation.CheckService(document, faults);
        else if (kind == Kinds.Ingress)
            NetworkValidation.CheckIngress(document, faults);
        else if (kind == Kinds.ConfigMap || kind == Kinds.Secret)
            CheckData(kind, document, current, faults);
        else if (kind == Kinds.HorizontalPodAutoscaler)
            CheckAutoscaler(document, faults);
        else if (kind == Kinds.PodDisruptionBudget && document.At("spec", "minAvailable") is not null && document.At("spec", "maxUnavailable") is not null)
            faults.Invalid("spec", document["spec"], "minAvailable and maxUnavailable cannot be both set");
        else if ((kind == Kinds.RoleBinding || kind == Kinds.ClusterRoleBinding) && current is not null && !JsonNode.DeepEquals(current["roleRef"], document["roleRef"]))
            faults.Invalid("roleRef", document["roleRef"], "cannot change roleRef");

        faults.Throw(kind, document.Name());
    }

    private static void CheckMetadata(ResourceKind kind, JsonObject document, FieldFaults faults)
    {
        var name = document.Name();
        if (name.Length == 0)
            faults.Required("metadata.name", "name or generateName is required");
        else if (NameFault(kind, name) is { } fault)
            faults.Invalid("metadata.name", name, fault);
        CheckLabels("metadata.labels", document.Texts("metadata", "labels"), faults);
        foreach (var key in document.Texts("metadata", "annotations").Keys)
            faults.Check("metadata.annotations", key, NameRules.QualifiedName(key.ToLowerInvariant()));
        if (document.Texts("metadata", "annotations").Sum(pair => Encoding.UTF8.GetByteCount(pair.Key) + Encoding.UTF8.GetByteCount(pair.Value)) > MostAnnotations)
            faults.Add("metadata.annotations", "FieldValueTooLong", $"Too long: may not be more than {MostAnnotations} bytes");
    }

    public static void CheckLabels(string field, IReadOnlyDictionary<string, string> labels, FieldFaults faults)
    {
        foreach (var (key, value) in labels)
        {
            faults.Check(field, key, NameRules.QualifiedName(key));
            faults.Check(field, value, NameRules.LabelValue(value));
        }
    }

    private static string? NameFault(ResourceKind kind, string name) => kind switch
    {
        { Group: "rbac.authorization.k8s.io" } => name is "." or ".." || name.Contains('/') || name.Contains('%') ? "may not be '.' or '..' and may not contain '/' or '%'" : null,
        _ when kind == Kinds.Namespace => NameRules.Label(name),
        _ when kind == Kinds.Service => NameRules.ServiceName(name),
        _ => NameRules.Subdomain(name),
    };

    private static void CheckData(ResourceKind kind, JsonObject document, JsonObject? current, FieldFaults faults)
    {
        var size = 0;
        foreach (var field in (ReadOnlySpan<string>)["data", "binaryData"])
        {
            foreach (var (key, value) in document.Texts(field))
            {
                faults.Check($"{field}[{key}]", key, NameRules.ConfigKey(key));
                size += Encoding.UTF8.GetByteCount(value);
            }

            if (current?.Flag("immutable") == true && !JsonNode.DeepEquals(current[field], document[field]))
                faults.Forbidden(field, "field is immutable when `immutable` is set");
        }

        // A Secret is measured decoded, three bytes of four.
        if (kind == Kinds.Secret ? size / 4 * 3 > 1024 * 1024 : size > 1024 * 1024)
            faults.Add(kind == Kinds.Secret ? "data" : "", "FieldValueTooLong", "Too long: may not be more than 1048576 bytes");
        if (current?.Flag("immutable") == true && document.Flag("immutable") != true)
            faults.Forbidden("immutable", "field is immutable when `immutable` is set");
        if (kind == Kinds.Secret && current is not null && current.Text("type") != document.Text("type"))
            faults.Invalid("type", document["type"], "field is immutable");
    }

    private static void CheckAutoscaler(JsonObject document, FieldFaults faults)
    {
        var (least, most) = (document.Number("spec", "minReplicas") ?? 1, document.Number("spec", "maxReplicas") ?? 0);
        if (least < 1)
            faults.Invalid("spec.minReplicas", least, "must be greater than or equal to 1");
        if (most < 1)
            faults.Invalid("spec.maxReplicas", most, "must be greater than 0");
        else if (most < least)
            faults.Invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`");
    }
}
