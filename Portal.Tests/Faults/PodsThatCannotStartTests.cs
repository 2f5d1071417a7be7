using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Faults;

/// <summary>Pods that cannot start end a release's step within a minute, and not when helm's patience ends.</summary>
public sealed class PodsThatCannotStartTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData("ImagePullBackOff", "pods_image", "Failed to pull image")]
    [InlineData("CrashLoopBackOff", "pods_crash", "Back-off restarting failed container")]
    public async Task Release_PodsCannotStart_FailsWithTheReasonAndGoesOnOnceItIsMended(string fault, string code, string said)
    {
        await using var fleet = await Fleet.StartAsync(scale: 400);
        await fleet.StartWorkerAsync();
        var shop = Samples.Shop($"shop-{code[5..]}");
        var service = shop.Services[0] with { Stores = Samples.Stores("none") };
        var environment = await fleet.ApproveAsync(shop with { Services = [service] });
        var clustered = await fleet.WaitAsync(environment, snapshot => snapshot.Deployed.Any(step => step.Name == StepNames.Cluster && step.IsComplete), Patience);
        var faults = $"/_emulator/kubernetes/{clustered.Deployed.Single(step => step.Name == StepNames.Cluster).Outputs["ClusterName"]}/faults";
        (await fleet.Emulator.PostAsJsonAsync(faults, new { kind = fault, @namespace = shop.Environment, name = service.Name })).EnsureSuccessStatusCode();

        var failed = await fleet.WaitAsync(environment, snapshot => snapshot.Operation!.State.IsSettled(), Patience);
        var step = failed.Steps.Single(step => step.State == StepState.Failed);
        step.Name.ShouldBe(StepNames.Service(service.Name));
        step.Attempt.ShouldBe(1);
        (step.FinishedAt - step.StartedAt).ShouldNotBeNull().ShouldBeLessThan(TimeSpan.FromMinutes(1));
        step.Failure!.Code.ShouldBe(code);
        step.Failure.Evidence!.SelectMany(part => part.Lines).ShouldContain(line => line.Contains(said, StringComparison.Ordinal));
        if (code == "pods_image")
            step.Failure.Message.ShouldContain(service.Image);

        (await fleet.Emulator.DeleteAsync(faults)).EnsureSuccessStatusCode();
        (await fleet.Services.GetRequiredService<RetryOperation>().ExecuteAsync(Fleet.Engineer, failed.Operation!.Id, default)).Refusal.ShouldBeNull();
        var done = await fleet.WaitAsync(environment, snapshot => snapshot.Operation!.State.IsSettled(), Patience);
        done.Environment.State.ShouldBe(EnvironmentState.Ready);
    }
}
