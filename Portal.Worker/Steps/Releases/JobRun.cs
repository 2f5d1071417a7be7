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
    /// <returns>Null where the step's release is not a job.</returns>
    public static JobRun? Of(StepContext context)
    {
        if (WorkloadValues.KindOf(context.Step) != WorkloadValues.Job)
            return null;
        // The end of an id says more than its beginning, which is a time.
        var id = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{context.Work.OperationId.ToString("N")[^8..]}-{context.Attempt}");
        return new JobRun(id, $"{context.Step.Subject}-{id}", WorkloadValues.RetriesOf(context.Step), WorkloadValues.TimeLimitOf(context.Step));
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
