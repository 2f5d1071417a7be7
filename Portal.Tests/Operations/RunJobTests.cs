using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Operations;

public sealed class RunJobTests
{
    [Theory]
    [InlineData(OperationState.Succeeded)]
    [InlineData(OperationState.Failed)]
    [InlineData(OperationState.Cancelled)]
    public void EnvironmentOf_RunThatHasEnded_IsReadyWhateverCameOfIt(OperationState state)
    {
        Transitions.EnvironmentOf(OperationKind.RunJob, state).ShouldBe(EnvironmentState.Ready);
        Transitions.Allows(Transitions.EnvironmentOf(OperationKind.RunJob, OperationState.Running), EnvironmentState.Ready).ShouldBeTrue();
    }

    [Fact]
    public void Becomes_RunThatIsBeingCancelled_IsReady() =>
        Transitions.Becomes(EnvironmentState.Changing, (OperationKind.RunJob, OperationState.Cancelling), last: null).ShouldBe(EnvironmentState.Ready);

    [Fact]
    public void Of_RunOfAJob_IsThatStepAloneAndIsNotTriedAgain()
    {
        var plan = Samples.Plans.Build(Samples.Works(), Samples.Target).Plan;

        var run = ServicePlans.Of(OperationKind.RunJob, plan, plan.Steps, StepNames.Service("report"), probe: null).ShouldNotBeNull().Steps.ShouldHaveSingleItem();

        (run.Action, run.Retry.MaxAttempts).ShouldBe((PlanAction.Run, 1));
        run.Retry.Timeout.ShouldBe(WorkloadValues.TimeLimitOf(run) + TimeSpan.FromMinutes(10), "the cluster ends it at its own limit");
        ServicePlans.Of(OperationKind.RunJob, plan, plan.Steps, "svc-gone", probe: null).ShouldBeNull();
    }
}
