using Portal.Components.Shared;
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

    /// <summary>Only what brings it back to what was asked for makes it ready again.</summary>
    [Theory]
    [InlineData(OperationKind.Restart, StepNames.Cluster, true)]
    [InlineData(OperationKind.Change, StepNames.FrontDoor, true)]
    [InlineData(OperationKind.Change, StepNames.Cluster, false)]
    [InlineData(OperationKind.Destroy, StepNames.FrontDoor, false)]
    public void MayRepair_WhatFailedLast_IsSoWhereItIsAsItWasAskedFor(OperationKind kind, string failed, bool mayRepair)
    {
        var all = Samples.Snapshot(Start).Steps.Select(step => (step.Name, step.Name == failed ? StepState.Failed : StepState.Succeeded)).ToArray();
        var snapshot = Samples.Snapshot(Start, all) with
        {
            Environment = Samples.Environment() with { State = EnvironmentState.Failed },
            Operation = new OperationInfo(Guid.Empty, kind, OperationState.Failed, "", Start, Start),
        };

        View(snapshot, Start).MayRepair.ShouldBe(mayRepair);
    }

    private static EnvironmentSnapshot Running(string step) => Samples.Snapshot(Start, (step, StepState.Running)) with
    {
        Operation = new OperationInfo(Guid.Empty, OperationKind.Create, OperationState.Running, "", Start, null),
    };

    [Fact]
    public void Domain_OwnOne_IsTheRecordToSetAndLeavesTheApisAddressToItsId()
    {
        var start = DateTimeOffset.UnixEpoch;
        DeployedStep Step(string name, params (string Name, string Value)[] outputs) => new(name, name, true, outputs.ToDictionary(output => output.Name, output => output.Value), start);
        var shop = Samples.Shop();
        var snapshot = Samples.Snapshot(start) with
        {
            Target = new TargetInfo("sandbox", "000000000000", "us-east-1", 60, "http://127.0.0.1:4566/_emulator/apis/{api}"),
            Specification = shop with { Edge = shop.Edge with { DomainName = "api.example.com" } },
            Deployed = [Step("edge-base", ("RestApiId", "a1b2c3"), ("DomainTarget", "d-1.execute-api.us-east-1.amazonaws.com")), Step("edge-routes", ("ApiUrl", "https://api.example.com/v1"))],
        };

        var view = View(snapshot, start);

        view.Domain.ShouldBe(new DomainRecord("api.example.com", "d-1.execute-api.us-east-1.amazonaws.com", ""));
        View(snapshot with { Specification = shop with { Edge = shop.Edge with { DomainName = "api.example.com", HostedZoneId = "Z1" } } }, start).Domain!.Zone.ShouldBe("Z1");
        view.ApiUrl.ShouldBe("http://127.0.0.1:4566/_emulator/apis/a1b2c3/v1");
        View(snapshot with { Specification = shop }, start).Domain.ShouldBeNull();
    }

    private static EnvironmentView View(EnvironmentSnapshot snapshot, DateTimeOffset now) => new(snapshot, new TopologyBuilder(Samples.Catalog), Times.Utc, now);
}
