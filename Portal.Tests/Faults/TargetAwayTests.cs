using System.Net.Http.Json;
using Portal.Core.Provisioning;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Faults;

/// <summary>A target that does not answer is waited for: nobody has to press anything, and no attempt is used up.</summary>
public sealed class TargetAwayTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData("error")]
    [InlineData("drop")]
    public async Task Aws_AwayForAWhile_IsSaidAndTheOperationGoesOnByItself(string kind)
    {
        await using var fleet = await Fleet.StartAsync(scale: 400);
        using var planted = await fleet.Emulator.PostAsJsonAsync("/_emulator/faults", new { kind, service = "cloudformation", action = "CreateStack", rate = 1 });
        var fault = planted.EnsureSuccessStatusCode().Headers.Location!;

        await fleet.StartWorkerAsync();
        var shop = Samples.Shop($"shop-{kind}");
        var environment = await fleet.ApproveAsync(shop with { Services = [shop.Services[0] with { Stores = Samples.Stores("none") }] });

        var waiting = await fleet.WaitAsync(environment, snapshot => snapshot.Steps.Any(step => step.Waiting is not null), Patience);
        waiting.Environment.State.ShouldBe(EnvironmentState.Provisioning);
        waiting.Steps.Select(step => step.Waiting).OfType<StepWaiting>().ShouldAllBe(step => step.Sentence == "AWS does not answer");
        (await fleet.Emulator.DeleteAsync(fault)).EnsureSuccessStatusCode();
        var done = await fleet.WaitAsync(environment, snapshot => snapshot.Operation!.State.IsSettled(), Patience);

        done.Environment.State.ShouldBe(EnvironmentState.Ready);
        done.Steps.ShouldAllBe(step => step.Attempt == 1 && step.Waiting == null);
        (await fleet.LedgerAsync("kind=effect&service=cloudformation&action=CREATE_COMPLETE")).Select(entry => entry.Subject)
            .ShouldBe(done.Plan.Steps.Where(step => step.Kind == StepKind.Stack).Select(step => step.Subject), ignoreOrder: true);
    }
}
