using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Runs the pods of Jobs to their end, again where they fail, up to backoffLimit.</summary>
internal sealed class JobController(ControllerContext context) : IController
{
    private const string Component = "job-controller";
    private const int DefaultBackoffLimit = 6;

    private readonly ClusterStore _store = context.Store;

    public IEnumerable<string> Concerned(StoreChange change)
    {
        if (change.Kind == Kinds.Job)
            yield return ControllerContext.KeyOf(change.Object);
        else if (change.Kind == Kinds.Pod && change.Object.Controller() is { } owner && owner.Text("kind") == "Job")
            yield return $"{change.Object.Namespace()}/{owner.Text("name")}";
    }

    public TimeSpan? Reconcile(string key)
    {
        if (context.Find(Kinds.Job, key) is not { } job || job.IsDeleting())
            return null;
        if (IsFinished(job))
            return Expire(job);

        var pods = _store.List(Kinds.Pod, job.Namespace()).Where(pod => pod.Controller().Text("uid") == job.Uid()).ToList();
        var (succeeded, failed) = (pods.Count(pod => pod.Text("status", "phase") == "Succeeded"), pods.Count(pod => pod.Text("status", "phase") == "Failed"));
        var active = pods.Where(pod => pod.Text("status", "phase") is not ("Succeeded" or "Failed") && !pod.IsDeleting()).ToList();
        var completions = job.Number("spec", "completions") ?? 1;
        var isFailed = failed > (job.Number("spec", "backoffLimit") ?? DefaultBackoffLimit);
        var wanted = isFailed || job.Flag("spec", "suspend") == true ? 0 : Math.Min(job.Number("spec", "parallelism") ?? 1, completions - succeeded);
        for (var count = active.Count; count < wanted; count++)
            CreatePod(job);
        foreach (var pod in active.Skip(wanted))
            _store.Delete(Kinds.Pod, pod.Namespace(), pod.Name(), DeleteOptions.Default);
        if (active.Count >= wanted)
            Report(job, active, succeeded, failed, isFailed, succeeded >= completions);
        return null;
    }

    public static bool IsFinished(JsonObject job) => Conditions.StatusOf(job, "Complete") == "True" || Conditions.StatusOf(job, "Failed") == "True";

    private void CreatePod(JsonObject job)
    {
        var template = job.Object("spec", "template")!;
        var metadata = template.Object("metadata")?.Copy() ?? [];
        metadata["generateName"] = job.Name() + "-";
        metadata["namespace"] = job.Namespace();
        metadata["ownerReferences"] = ControllerContext.OwnedBy(job);
        foreach (var (name, value) in job.Texts("spec", "selector", "matchLabels"))
            metadata.Ensure("labels")[name] = value;
        metadata.Ensure("labels")["batch.kubernetes.io/job-name"] = job.Name();
        metadata.Ensure("labels")["job-name"] = job.Name();
        var pod = _store.Create(Kinds.Pod, new JsonObject { ["metadata"] = metadata, ["spec"] = template["spec"]!.DeepClone() });
        context.Events.Normal(job, Component, "SuccessfulCreate", $"Created pod: {pod.Name()}");
    }

    private void Report(JsonObject job, List<JsonObject> active, int succeeded, int failed, bool isFailed, bool isComplete)
    {
        _store.Update(Kinds.Job, job.Namespace(), job.Name(), UpdateScope.Status, document =>
        {
            var status = document.Ensure("status");
            status.Default("startTime", context.Timestamp);
            Count(status, "active", isComplete || isFailed ? 0 : active.Count);
            Count(status, "succeeded", succeeded);
            Count(status, "failed", failed);
            status["ready"] = active.Count(Conditions.IsReady);
            status["terminating"] = 0;
            status.Default("uncountedTerminatedPods", new JsonObject());
            if (isComplete)
            {
                status.Default("completionTime", context.Timestamp);
                Conditions.Set(document, "SuccessCriteriaMet", true, "CompletionsReached", "Reached expected number of succeeded pods", context.Timestamp);
                Conditions.Set(document, "Complete", true, "CompletionsReached", "Reached expected number of succeeded pods", context.Timestamp);
            }
            else if (isFailed)
            {
                Conditions.Set(document, "FailureTarget", true, "BackoffLimitExceeded", "Job has reached the specified backoff limit", context.Timestamp);
                Conditions.Set(document, "Failed", true, "BackoffLimitExceeded", "Job has reached the specified backoff limit", context.Timestamp);
            }

            return document;
        });
        if (isComplete)
            context.Events.Normal(job, Component, "Completed", "Job completed");
        else if (isFailed)
            context.Events.Warning(job, Component, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
    }

    /// <summary>After its ttlSecondsAfterFinished a Job goes.</summary>
    private TimeSpan? Expire(JsonObject job)
    {
        if (job.Number("spec", "ttlSecondsAfterFinished") is not { } seconds)
            return null;

        var left = context.Remaining($"ttl/{job.Uid()}", TimeSpan.FromSeconds(seconds), isKept: true);
        if (left > TimeSpan.Zero)
            return left;

        context.Forget($"ttl/{job.Uid()}");
        _store.Delete(Kinds.Job, job.Namespace(), job.Name(), new DeleteOptions(Propagation.Foreground));
        return null;
    }

    private static void Count(JsonObject status, string field, int count)
    {
        if (count == 0)
            status.Remove(field);
        else
            status[field] = count;
    }
}
