using System.Globalization;
using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>
/// Makes a CronJob's Jobs. Its next time comes as much sooner as everything else does: what is an hour away on the schedule is a minute away on
/// a clock that runs sixty times as fast.
/// </summary>
internal sealed class CronJobController(ControllerContext context) : IController
{
    private const string Component = "cronjob-controller";

    private readonly ClusterStore _store = context.Store;

    public IEnumerable<string> Concerned(StoreChange change)
    {
        if (change.Kind == Kinds.CronJob)
            yield return ControllerContext.KeyOf(change.Object);
        else if (change.Kind == Kinds.Job && change.Object.Controller() is { } owner && owner.Text("kind") == "CronJob")
            yield return $"{change.Object.Namespace()}/{owner.Text("name")}";
    }

    public TimeSpan? Reconcile(string key)
    {
        if (context.Find(Kinds.CronJob, key) is not { } schedule || schedule.IsDeleting())
            return null;
        var jobs = _store.List(Kinds.Job, schedule.Namespace()).Where(job => job.Controller().Text("uid") == schedule.Uid() && !job.IsDeleting()).ToList();
        Report(schedule, jobs, begun: false);
        Prune(schedule, jobs);
        // A schedule that changes begins to wait anew.
        var wait = $"cron/{schedule.Uid()}/{schedule.Text("spec", "schedule")}/{schedule.Text("spec", "timeZone")}";
        if (schedule.Flag("spec", "suspend") == true)
        {
            context.Forget(wait);
            return null;
        }

        if (Next(schedule) is not { } next)
            return null;
        var left = context.Remaining(wait, next - context.Clock.Now);
        if (left > TimeSpan.Zero)
            return left;
        context.Forget(wait);
        Begin(schedule, jobs);
        return Next(schedule) is { } after ? context.Remaining(wait, after - context.Clock.Now) : null;
    }

    private DateTimeOffset? Next(JsonObject schedule) => CronTimes.Parse(schedule.Text("spec", "schedule") ?? "", out _)?.Next(
        context.Clock.Now, TimeZoneInfo.TryFindSystemTimeZoneById(schedule.Text("spec", "timeZone") ?? "Etc/UTC", out var zone) ? zone : TimeZoneInfo.Utc);

    private void Begin(JsonObject schedule, List<JsonObject> jobs)
    {
        var active = Active(jobs);
        if (active.Count > 0 && schedule.Text("spec", "concurrencyPolicy") == "Forbid")
        {
            context.Events.Normal(schedule, Component, "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid");
            return;
        }

        if (schedule.Text("spec", "concurrencyPolicy") == "Replace")
        {
            foreach (var job in active)
                _store.Delete(Kinds.Job, job.Namespace(), job.Name(), new DeleteOptions(Propagation.Background));
        }

        var template = schedule.Object("spec", "jobTemplate")!;
        var metadata = template.Object("metadata")?.Copy() ?? [];
        metadata["name"] = $"{schedule.Name()}-{Number(schedule, jobs).ToString(CultureInfo.InvariantCulture)}";
        metadata["namespace"] = schedule.Namespace();
        metadata["ownerReferences"] = ControllerContext.OwnedBy(schedule);
        metadata.Ensure("annotations")["batch.kubernetes.io/cronjob-scheduled-timestamp"] = context.Timestamp;
        var made = _store.Create(Kinds.Job, new JsonObject { ["metadata"] = metadata, ["spec"] = template["spec"]!.DeepClone() });
        context.Events.Normal(schedule, Component, "SuccessfulCreate", $"Created job {made.Name()}");
        Report(schedule, [.. jobs, made], begun: true);
    }

    /// <summary>Minutes since 1970, as Kubernetes numbers them; one more where two come in a minute of this clock.</summary>
    private long Number(JsonObject schedule, List<JsonObject> jobs) => jobs
        .Select(job => long.TryParse(job.Name().AsSpan(Math.Min(job.Name().Length, schedule.Name().Length + 1)), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number + 1 : 0)
        .Append(context.Clock.Now.ToUnixTimeSeconds() / 60).Max();

    // The controller knows the Jobs that it has made; what somebody began from its template runs beside them.
    private static List<JsonObject> Active(List<JsonObject> jobs) =>
        [.. jobs.Where(job => !JobController.IsFinished(job) && job.Object("metadata", "annotations")?["cronjob.kubernetes.io/instantiate"] is null)];

    private void Report(JsonObject schedule, List<JsonObject> jobs, bool begun) => _store.Update(Kinds.CronJob, schedule.Namespace(), schedule.Name(), UpdateScope.Status, document =>
    {
        var status = document.Ensure("status");
        var active = Active(jobs);
        if (active.Count > 0)
            status["active"] = active.Select(job => (JsonNode?)Reference(job)).ToJsonArray();
        else
            status.Remove("active");
        if (begun)
            status["lastScheduleTime"] = context.Timestamp;
        var success = jobs.Where(job => Conditions.StatusOf(job, "Complete") == "True").Select(job => job.Text("status", "completionTime")).Append(status.Text("lastSuccessfulTime")).Max(StringComparer.Ordinal);
        if (success is not null)
            status["lastSuccessfulTime"] = success;
        return document;
    });

    private void Prune(JsonObject schedule, List<JsonObject> jobs)
    {
        foreach (var (condition, limit) in (ReadOnlySpan<(string, int)>)[("Complete", schedule.Number("spec", "successfulJobsHistoryLimit") ?? 3), ("Failed", schedule.Number("spec", "failedJobsHistoryLimit") ?? 1)])
        {
            foreach (var job in jobs.Where(job => Conditions.StatusOf(job, condition) == "True").OrderByDescending(job => job.Name(), StringComparer.Ordinal).Skip(limit))
                _store.Delete(Kinds.Job, job.Namespace(), job.Name(), new DeleteOptions(Propagation.Background));
        }
    }

    private static JsonObject Reference(JsonObject job) => new()
    {
        ["apiVersion"] = "batch/v1",
        ["kind"] = "Job",
        ["name"] = job.Name(),
        ["namespace"] = job.Namespace(),
        ["uid"] = job.Uid(),
        ["resourceVersion"] = job.Text("metadata", "resourceVersion"),
    };
}
