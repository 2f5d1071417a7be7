using FsCheck.Fluent;
using FsCheck.Xunit;
using Portal.Core.Operations;
using Portal.Core.Provisioning;

namespace Portal.Tests.Provisioning;

public sealed class SchedulingTests
{
    private static readonly Plan Shop = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;

    [Fact]
    public void Decide_DependencyFailed_SkipsEverythingBehindItAndNothingElse()
    {
        var states = All(StepState.Succeeded);
        states["data-product-service"] = StepState.Failed;
        states["bind-product-service"] = StepState.Pending;
        states["svc-product-service"] = StepState.Pending;
        states["svc-cart-service"] = StepState.Pending;

        var next = Scheduling.Decide(Shop, states);

        next.Skip.ShouldBe(["bind-product-service", "svc-product-service"], ignoreOrder: true);
        next.Start.ShouldBe(["svc-cart-service"]);
        next.IsDone.ShouldBeFalse();
    }

    [Fact]
    public void Decide_EverythingSettled_IsDone()
    {
        Scheduling.Decide(Shop, All(StepState.Succeeded)).IsDone.ShouldBeTrue();
    }

    [Fact]
    public void Decide_SomethingRuns_IsNotDone()
    {
        var states = All(StepState.Succeeded);
        states["edge-routes"] = StepState.Running;

        Scheduling.Decide(Shop, states).IsDone.ShouldBeFalse();
    }

    /// <summary>Whatever order steps finish in and whichever of them fail, every step settles and none starts before what it needs.</summary>
    [Property(MaxTest = 200)]
    public void Decide_AnyOutcomes_EveryStepSettlesInOrder(int seed)
    {
        var random = new Random(seed);
        var states = All(StepState.Pending);
        var running = new List<string>();
        while (true)
        {
            var next = Scheduling.Decide(Shop, states);
            foreach (var name in next.Skip)
                states[name] = StepState.Skipped;
            foreach (var name in next.Start)
            {
                Shop.Step(name).DependsOn.ShouldAllBe(before => states[before] == StepState.Succeeded);
                states[name] = StepState.Running;
                running.Add(name);
            }

            if (next.IsDone)
                break;
            running.ShouldNotBeEmpty();
            var finished = running[random.Next(running.Count)];
            running.Remove(finished);
            states[finished] = random.Next(8) == 0 ? StepState.Failed : StepState.Succeeded;
        }

        states.Values.ShouldAllBe(state => state.IsSettled());
        foreach (var step in Shop.Steps.Where(step => states[step.Name] == StepState.Skipped))
            step.DependsOn.ShouldContain(before => states[before] == StepState.Failed || states[before] == StepState.Skipped);
    }

    [Theory]
    [InlineData(StepState.Pending, StepState.Running, true)]
    [InlineData(StepState.Pending, StepState.Succeeded, false)]
    [InlineData(StepState.Running, StepState.Succeeded, true)]
    [InlineData(StepState.Running, StepState.Failed, true)]
    [InlineData(StepState.Succeeded, StepState.Running, false)]
    [InlineData(StepState.Succeeded, StepState.Failed, false)]
    [InlineData(StepState.Failed, StepState.Pending, true)]
    [InlineData(StepState.Skipped, StepState.Running, false)]
    public void Allows_StepTransition_FollowsTheTable(StepState from, StepState to, bool allowed) =>
        Transitions.Allows(from, to).ShouldBe(allowed);

    [Theory]
    [InlineData(OperationState.Queued, OperationState.Running, true)]
    [InlineData(OperationState.Queued, OperationState.Succeeded, false)]
    [InlineData(OperationState.Running, OperationState.Running, true)]
    [InlineData(OperationState.Succeeded, OperationState.Running, false)]
    [InlineData(OperationState.Failed, OperationState.Running, false)]
    [InlineData(OperationState.Cancelling, OperationState.Cancelled, true)]
    public void Allows_OperationTransition_FollowsTheTable(OperationState from, OperationState to, bool allowed) =>
        Transitions.Allows(from, to).ShouldBe(allowed);

    [Theory]
    [InlineData(1, 0.0, 1.0)]
    [InlineData(1, 1.0, 2.0)]
    [InlineData(3, 1.0, 8.0)]
    [InlineData(30, 1.0, 60.0)]
    public void DelayAfter_Attempt_DoublesUpToTheCapWithJitterInTheUpperHalf(int attempt, double jitter, double seconds) =>
        RetryPolicy.Default.DelayAfter(attempt, jitter).TotalSeconds.ShouldBe(seconds, 0.001);

    [Fact]
    public void DelayAfter_ServiceAsksForMore_Waits() =>
        RetryPolicy.Default.DelayAfter(1, 0, TimeSpan.FromSeconds(20)).ShouldBe(TimeSpan.FromSeconds(20));

    private static Dictionary<string, StepState> All(StepState state) => Shop.Steps.ToDictionary(step => step.Name, _ => state, StringComparer.Ordinal);
}
