using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Controllers;

namespace Portal.Emulator.Kubernetes.Storage;

/// <summary>As ValidateCronJobCreate has it in k8s.io/kubernetes' pkg/apis/batch/validation.</summary>
internal static class CronJobValidation
{
    // What the name of a Job made at some minute needs besides, of the 63 that it may have.
    private const int MostOfName = 52;

    public static void Check(JsonObject document, FieldFaults faults)
    {
        var spec = document.Object("spec");
        var schedule = spec.Text("schedule") ?? "";
        if (schedule.Length == 0)
            faults.Required("spec.schedule");
        else if (CronTimes.Parse(schedule, out var fault) is null)
            faults.Invalid("spec.schedule", schedule, fault);
        if (spec.Text("timeZone") is { } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
            faults.Invalid("spec.timeZone", zone, $"unknown time zone {zone}");
        faults.OneOf("spec.concurrencyPolicy", spec.Text("concurrencyPolicy"), "Allow", "Forbid", "Replace");
        foreach (var field in (ReadOnlySpan<string>)["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"])
        {
            if (spec.Number(field) is < 0 and var number)
                faults.Invalid($"spec.{field}", number, "must be greater than or equal to 0");
        }

        PodValidation.CheckSpec(spec.Object("jobTemplate", "spec", "template", "spec"), "spec.jobTemplate.spec.template.spec", faults);
        if (spec.Text("jobTemplate", "spec", "template", "spec", "restartPolicy") is not ("OnFailure" or "Never"))
            faults.Add("spec.jobTemplate.spec.template.spec.restartPolicy", "FieldValueRequired", "Required value: valid values: \"OnFailure\", \"Never\"");
        if (document.Name().Length > MostOfName)
            faults.Invalid("metadata.name", document.Name(), $"must be no more than {MostOfName} characters");
    }
}
