using Portal.Core.Provisioning;
using Portal.Worker.Engine;
using Portal.Worker.Kubernetes;

namespace Portal.Worker.Steps.Releases;

/// <summary>One run of a release that is a job.</summary>
/// <param name="Id">The same where it is gone on with after a crash, another one where it is tried again.</param>
/// <param name="Job">Name of its Job.</param>
/// <param name="Retries">How often the cluster tries it again by itself.</param>
/// <param name="TimeLimit">How long it may take.</param>
public sealed record JobRun(string Id, string Job, int Retries, TimeSpan TimeLimit)
{
    /// <summary>What a failure of it leaves as it is, as a sentence.</summary>
    public string Meanwhile { get; init; } = "The service's pods stay as they were.";

    /// <summary>A run beside the times of a schedule.</summary>
    public static JobRun OfSchedule(StepContext context) => Begun(context) with { Meanwhile = "Its schedule goes on as it was." };

    /// <returns>Null where the step's release is not a job.</returns>
    public static JobRun? Of(StepContext context) => WorkloadValues.KindOf(context.Step) == WorkloadValues.Job ? Begun(context) : null;

    private static JobRun Begun(StepContext context)
    {
        var step = context.Step;
        // The end of an id says more than its beginning, which is a time.
        var id = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{context.Work.OperationId.ToString("N")[^8..]}-{context.Attempt}");
        return new JobRun(id, $"{step.Subject}-{id}", WorkloadValues.RetriesOf(step), WorkloadValues.TimeLimitOf(step));
    }

    public bool IsOf(ClusterObject pod) => Status(pod).Owner == Job;

    /// <summary>The pod that failed last, where none comes after it; else null.</summary>
    public ClusterObject? LastOfFailed(IReadOnlyList<ClusterObject> pods)
    {
        var failed = pods.Where(pod => IsOf(pod) && Status(pod).Phase == "Failed").ToList();
        return failed.Count > Retries ? failed.MaxBy(pod => pod.CreatedAt) : null;
    }

    private static PodStatus Status(ClusterObject pod) => (PodStatus)pod.Status;
}
