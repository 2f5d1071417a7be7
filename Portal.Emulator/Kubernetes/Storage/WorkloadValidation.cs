using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Storage;

internal static class WorkloadValidation
{
    public static void Check(ResourceKind kind, JsonObject document, JsonObject? current, FieldFaults faults)
    {
        CheckSelector(document, current, faults);
        if (document.Number("spec", "replicas") is < 0 and var replicas)
            faults.Invalid("spec.replicas", replicas, "must be greater than or equal to 0");
        if (document.Number("spec", "minReadySeconds") is < 0 and var least)
            faults.Invalid("spec.minReadySeconds", least, "must be greater than or equal to 0");
        CheckTemplate(document, faults);
        if (document.Text("spec", "template", "spec", "restartPolicy") is not ("Always" or null) and var policy)
            faults.OneOf("spec.template.spec.restartPolicy", policy, "Always");
        if (kind == Kinds.Deployment)
            CheckStrategy(document, faults);
    }

    public static void CheckJob(JsonObject document, JsonObject? current, FieldFaults faults)
    {
        CheckTemplate(document, faults);
        if (document.Text("spec", "template", "spec", "restartPolicy") is not ("OnFailure" or "Never"))
            faults.Add("spec.template.spec.restartPolicy", "FieldValueRequired", "Required value: valid values: \"OnFailure\", \"Never\"");
        if (current is not null && !JsonNode.DeepEquals(current.At("spec", "template"), document.At("spec", "template")))
            faults.Invalid("spec.template", document.At("spec", "template"), "field is immutable");
    }

    private static void CheckSelector(JsonObject document, JsonObject? current, FieldFaults faults)
    {
        var selector = document.Object("spec", "selector");
        if (selector is not { Count: > 0 })
        {
            faults.Required("spec.selector");
            return;
        }

        if (!LabelSelector.Parse(selector).Matches(document.Texts("spec", "template", "metadata", "labels")))
            faults.Invalid("spec.template.metadata.labels", document.At("spec", "template", "metadata", "labels") ?? new JsonObject(), "`selector` does not match template `labels`");
        if (current is not null && !JsonNode.DeepEquals(selector, current.At("spec", "selector")))
            faults.Invalid("spec.selector", selector, "field is immutable");
    }

    private static void CheckTemplate(JsonObject document, FieldFaults faults)
    {
        Validation.CheckLabels("spec.template.metadata.labels", document.Texts("spec", "template", "metadata", "labels"), faults);
        PodValidation.CheckSpec(document.Object("spec", "template", "spec"), "spec.template.spec", faults);
    }

    private static void CheckStrategy(JsonObject document, FieldFaults faults)
    {
        var strategy = document.Object("spec", "strategy");
        faults.OneOf("spec.strategy.type", strategy.Text("type"), "Recreate", "RollingUpdate");
        if (strategy.Text("type") == "Recreate" && strategy.Object("rollingUpdate") is not null)
            faults.Forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
        if (IsZero(strategy.At("rollingUpdate", "maxSurge")) && IsZero(strategy.At("rollingUpdate", "maxUnavailable")))
            faults.Invalid("spec.strategy.rollingUpdate.maxUnavailable", strategy.At("rollingUpdate", "maxUnavailable"), "may not be 0 when `maxSurge` is 0");
        foreach (var field in (ReadOnlySpan<string>)["maxSurge", "maxUnavailable"])
        {
            if (strategy.Text("rollingUpdate", field) is { } text && !(text.EndsWith('%') && int.TryParse(text[..^1], out var share) && share >= 0))
                faults.Invalid($"spec.strategy.rollingUpdate.{field}", text, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')");
        }

        if (document.Number("spec", "progressDeadlineSeconds") is { } deadline && deadline <= (document.Number("spec", "minReadySeconds") ?? 0))
            faults.Invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
    }

    private static bool IsZero(JsonNode? value) => value?.ToString() is "0" or "0%";
}
