using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Topology;
using Portal.Features.Environments;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Environments;

public sealed class EnvironmentViewTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Sentence_StepWaitsForAws_SaysForWhomAndSinceWhen()
    {
        var snapshot = Running(StepNames.Cluster);
        snapshot = snapshot with { Steps = [.. snapshot.Steps.Select(step => step.Name == StepNames.Cluster ? step with { Waiting = new StepWaiting("AWS", Start.AddMinutes(3), "HTTP 500") } : step)] };

        var view = View(snapshot, Start.AddMinutes(4));

        view.Sentence.ShouldBe("AWS does not answer since 12:03:00 UTC; it goes on by itself");
        view.Running.Single().Left.ShouldBe("AWS does not answer since 12:03:00 UTC");
    }

    [Fact]
    public void Sentence_StepPastTheHighEndOfItsRange_SaysByHowMuch()
    {
        var snapshot = Running(StepNames.Cluster);
        var high = TimeSpan.FromSeconds(snapshot.Plan.Step(StepNames.Cluster).Expected.High / snapshot.Target.Pace);

        View(snapshot, Start + high).Overdue.ShouldBeNull();
        var view = View(snapshot, Start + high + TimeSpan.FromMinutes(2));

        view.Running.Single().Left.ShouldBe("overdue by 2 min");
        view.Sentence.ShouldBe("EKS control plane is overdue by 2 min; wait for it or cancel");
        view.MayCancel.ShouldBeTrue();
    }

    private static EnvironmentSnapshot Running(string step) => Samples.Snapshot(Start, (step, StepState.Running)) with
    {
        Operation = new OperationInfo(Guid.Empty, OperationKind.Create, OperationState.Running, "", Start, null),
    };

    private static EnvironmentView View(EnvironmentSnapshot snapshot, DateTimeOffset now) => new(snapshot, new TopologyBuilder(Samples.Catalog), now);
}
