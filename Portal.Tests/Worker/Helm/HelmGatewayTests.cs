using System.Text.Json;
using Portal.Core.Provisioning;
using Portal.Worker.Helm;

namespace Portal.Tests.Worker.Helm;

public sealed class HelmGatewayTests
{
    [Fact]
    public async Task EnsureAsync_NoRelease_InstallsItPrivately()
    {
        using var helm = new FakeHelm();

        var release = await helm.Gateway().EnsureAsync(helm.Request(), default);

        release.IsDeployed.ShouldBeTrue();
        release.Description.ShouldBe("Requested by jo");
        helm.Verbs.ShouldBe(["history", "upgrade", "history"]);
        helm.Read("calls").ShouldContain("--install --create-namespace --wait --wait-for-jobs --timeout=300s");
        helm.Read("modes").Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["600", "700"]);
        helm.Read("token").ShouldBe("token-for-shop");
        var cluster = JsonDocument.Parse(helm.Read("kubeconfig")).RootElement.GetProperty("clusters")[0].GetProperty("cluster");
        cluster.GetProperty("server").GetString().ShouldBe("https://127.0.0.1:4567/clusters/abc");
        cluster.GetProperty("certificate-authority-data").GetString().ShouldBe("Q0E=");
        Directory.Exists(Path.GetDirectoryName(helm.Read("kubeconfig-path").Trim())).ShouldBeFalse();
    }

    [Fact]
    public async Task EnsureAsync_SameAgain_DoesNothing()
    {
        using var helm = new FakeHelm();
        var first = await helm.Gateway().EnsureAsync(helm.Request(), default);

        var second = await helm.Gateway().EnsureAsync(helm.Request(), default);

        second.ShouldBe(first);
        helm.Verbs.Count(verb => verb == "upgrade").ShouldBe(1);
    }

    /// <summary>Found by the simulation: a runner that was taken for dead began anew, and left pending, what its successor had done.</summary>
    [Fact]
    public async Task EnsureAsync_WantedAgain_IsBroughtAboutOnceForEachOperation()
    {
        using var helm = new FakeHelm();
        await helm.Gateway().EnsureAsync(helm.Request() with { Description = "operation 1" }, default);

        await helm.Gateway().EnsureAsync(helm.Request() with { Description = "operation 2", Again = true }, default);
        await helm.Gateway().EnsureAsync(helm.Request() with { Description = "operation 2", Again = true }, default);

        helm.Verbs.Count(verb => verb == "upgrade").ShouldBe(2);
    }

    [Fact]
    public async Task EnsureAsync_OtherValuesOrOtherChart_Upgrades()
    {
        using var helm = new FakeHelm();
        await helm.Gateway().EnsureAsync(helm.Request(), default);

        await helm.Gateway().EnsureAsync(helm.Request() with { Values = new() { ["replicas"] = 3 } }, default);
        await File.AppendAllTextAsync(Path.Combine(helm.Chart, "Chart.yaml"), "appVersion: 2\n");
        await helm.Gateway().EnsureAsync(helm.Request() with { Values = new() { ["replicas"] = 3 } }, default);

        helm.Verbs.Count(verb => verb == "upgrade").ShouldBe(3);
    }

    [Theory]
    [InlineData("uninstall", "superseded", "uninstalling")]
    [InlineData("rollback web 2", "superseded", "deployed", "failed", "pending-upgrade")]
    [InlineData("rollback web 1", "superseded", "pending-rollback")]
    public async Task EnsureAsync_ReleaseLeftByAKilledHelm_IsPutRightFirst(string call, params string[] statuses)
    {
        using var helm = new FakeHelm();
        helm.SetHistory(statuses);

        var release = await helm.Gateway().EnsureAsync(helm.Request(), default);

        release.IsDeployed.ShouldBeTrue();
        helm.Read("calls").ShouldContain(call);
        helm.Verbs.ShouldBe(["history", call.Split(' ')[0], "history", "upgrade", "history"]);
    }

    [Theory]
    [InlineData("shop/sh.helm.release.v1.web.v1", "pending-install")]
    [InlineData("shop/sh.helm.release.v1.web.v1 shop/sh.helm.release.v1.web.v2", "failed", "pending-upgrade")]
    public async Task EnsureAsync_FirstInstallWasKilled_InstallsOverWhatIsThere(string records, params string[] statuses)
    {
        using var helm = new FakeHelm();
        helm.SetHistory(statuses);

        await helm.Gateway().EnsureAsync(helm.Request(), default);

        string.Join(' ', helm.DeletedRecords).ShouldBe(records);
        helm.Verbs.ShouldBe(["history", "history", "upgrade", "history"]);
    }

    /// <summary>The cluster goes on with a job whoever began it: the way back would have the job before run again.</summary>
    [Fact]
    public async Task EnsureAsync_JobWhoseHelmWasKilled_GoesOnWithItsRun()
    {
        using var helm = new FakeHelm();
        helm.SetHistory("deployed", "pending-upgrade");

        await helm.Gateway().EnsureAsync(helm.Request() with { Run = "ab12-1" }, default);

        helm.DeletedRecords.ShouldBe(["shop/sh.helm.release.v1.web.v2"]);
        helm.Verbs.ShouldBe(["history", "upgrade", "history"]);
        helm.Read("calls").ShouldContain("--set-string=run=ab12-1");
    }

    [Fact]
    public async Task EnsureAsync_FailedRelease_IsUpgraded()
    {
        using var helm = new FakeHelm();
        helm.SetHistory("failed");

        await helm.Gateway().EnsureAsync(helm.Request(), default);

        helm.Verbs.ShouldBe(["history", "upgrade", "history"]);
    }

    [Fact]
    public async Task EnsureAsync_HelmFails_IsClassifiedAndCleanedUp()
    {
        using var helm = new FakeHelm("{ echo 'Error: UPGRADE FAILED: timed out waiting for the condition' >&2; false; }");

        var error = await Should.ThrowAsync<StepFailedException>(helm.Gateway().EnsureAsync(helm.Request(), default));

        error.Failure.Code.ShouldBe("helm_timeout");
        Directory.Exists(Path.GetDirectoryName(helm.Read("kubeconfig-path").Trim())).ShouldBeFalse();
    }

    [Fact]
    public async Task EnsureAsync_Cancelled_AsksHelmToEndAndCleansUp()
    {
        // A program that ends by itself when asked, as helm does; the fifo tells the test that it runs.
        using var helm = new FakeHelm("{ trap 'echo asked > asked; exit 1' TERM; echo up > started; while :; do sleep 0.05; done; }");
        using var cancel = new CancellationTokenSource();
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(helm.Program)!);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Created += (_, file) =>
        {
            if (file.Name == "started")
                started.TrySetResult();
        };
        watcher.EnableRaisingEvents = true;

        var ensure = helm.Gateway().EnsureAsync(helm.Request(), cancel.Token);
        await started.Task;
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(ensure);
        helm.Has("asked").ShouldBeTrue();
        Directory.Exists(Path.GetDirectoryName(helm.Read("kubeconfig-path").Trim())).ShouldBeFalse();
    }

    [Fact]
    public async Task FindAsync_NoRelease_IsNull()
    {
        using var helm = new FakeHelm();

        (await helm.Gateway().FindAsync(helm.Request().Cluster, "shop", "web", default)).ShouldBeNull();
    }

    [Fact]
    public async Task FindAsync_NoHelm_NamesTheRemedy()
    {
        using var helm = new FakeHelm();
        File.Delete(helm.Program);

        var error = await Should.ThrowAsync<StepFailedException>(helm.Gateway().FindAsync(helm.Request().Cluster, "shop", "web", default));

        error.Failure.Code.ShouldBe("helm_missing");
        error.Failure.Message.ShouldContain("Worker:Helm:Path");
    }

    [Fact]
    public void Validate_Options_NamesAllFaultsAtOnce()
    {
        var result = new WorkerHelmOptionsValidator().Validate(
            null, new WorkerHelmOptions { Path = "/nowhere/helm", PendingGrace = TimeSpan.FromSeconds(-1) });

        result.Failures!.Count().ShouldBe(2);
    }
}
