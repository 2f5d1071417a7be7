using Portal.Core.Provisioning;
using Portal.Worker.Kubernetes;
using Portal.Worker.Observe;

namespace Portal.Tests.Worker.Observe;

public sealed class SeenObjectsTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 29, 3, 0, 0, TimeSpan.Zero);

    /// <summary>A job of every minute would fill the log with its pods.</summary>
    [Theory]
    [InlineData("Running", true, null, true, "Running", true)]
    [InlineData("Succeeded", false, "Completed", true, "Completed", true)]
    [InlineData("Failed", false, "Error", true, "Error", false)]
    [InlineData("Running", true, null, false, "Running", true)]
    public void Seen_PodOfAJob_IsReadyWhenItHasEndedWellAndSaysNothing(string phase, bool isReady, string? reason, bool isOfJob, string state, bool ready)
    {
        var labels = new Dictionary<string, string> { ["app.kubernetes.io/instance"] = "report" };
        if (isOfJob)
            labels["batch.kubernetes.io/job-name"] = "report-1";

        var seen = ClusterObserver.Seen(new ClusterObject(
            ObjectKind.Pod, "shop", "report-1-x", "uid", "1", At, false, labels, new PodStatus(phase, isReady, 0, reason, null, null, null, "report-1", "report:1")));

        (seen.Step, seen.State, seen.Ready).ShouldBe((StepNames.Service("report"), state, ready));
        (seen.Said is null).ShouldBe(isOfJob);
    }

    [Theory]
    [InlineData(false, 0, null, null, "has not run yet", true)]
    [InlineData(false, 1, 0, null, "running", true)]
    [InlineData(false, 0, 0, 1, "last run succeeded", true)]
    [InlineData(false, 0, 0, 0, "last run succeeded", true)]
    [InlineData(false, 0, 0, null, "last run failed", false)]
    [InlineData(false, 0, 2, 1, "last run failed", false)]
    [InlineData(true, 0, 0, 1, "suspended", true)]
    public void Seen_CronJob_TellsHowItsLastRunEnded(bool suspended, int active, int? run, int? success, string state, bool ready)
    {
        var seen = ClusterObserver.Seen(new ClusterObject(
            ObjectKind.CronJob, "shop", "report", "uid", "1", At, false, new Dictionary<string, string> { ["app.kubernetes.io/instance"] = "report" },
            new CronJobStatus(suspended, active, run is { } ran ? At.AddMinutes(ran) : null, success is { } succeeded ? At.AddMinutes(succeeded) : null)));

        (seen.State, seen.Ready).ShouldBe((state, ready));
        (seen.Said is null).ShouldBe(ready);
    }
}
