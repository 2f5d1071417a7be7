using Portal.Core.Provisioning;
using Portal.Core.Rehearsals;
using Portal.Stage;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Stage;

public sealed class TimelineTests
{
    private static readonly DateTimeOffset s_start = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    /// <summary>What a stack took is CloudFormation's own time on the faster clock, whatever went by on our side; a release takes what the plan expects.</summary>
    [Fact]
    public void Of_StacksAndReleases_CountsTheCloudsTimeAlongTheLongestWay()
    {
        var plan = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;
        var steps = plan.Steps.Select(step => new StepTimes(step.Name, step.Title, StepState.Succeeded, s_start, s_start.AddSeconds(30)));
        var stacks = plan.Steps.Where(step => step.Kind == StepKind.Stack)
            .SelectMany(step => new[] { (s_start.AddSeconds(1), "CREATE_IN_PROGRESS", step.Subject), (s_start.AddSeconds(3), "CREATE_COMPLETE", step.Subject) });

        var act = Timeline.Of(new RehearsalAct(RehearsalActKind.Asked, OperationKind.Create, plan, Samples.Shop()), OperationState.Succeeded, steps, [.. stacks], 100);

        var stack = act.Steps.Single(step => step.Name == StepNames.Cluster);
        (stack.Seconds, stack.IsMeasured).ShouldBe((200, true));
        stack.From.ShouldBe(plan.Step(StepNames.Cluster).DependsOn.Max(name => act.Steps.Single(step => step.Name == name) is var before ? before.From + before.Seconds : 0));
        var release = plan.Steps.First(step => step.Kind == StepKind.Release);
        act.Steps.Single(step => step.Name == release.Name).ShouldBe(new RehearsedStep(
            release.Name, release.Title, StepState.Succeeded, act.Steps.Single(step => step.Name == release.Name).From, Math.Round(release.Expected.Typical), false));
        act.Seconds.ShouldBe(act.Steps.Max(step => step.From + step.Seconds), 1);
    }

    [Fact]
    public void Of_WhatWasNotReached_TakesNoTime()
    {
        var plan = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;

        var act = Timeline.Of(new RehearsalAct(RehearsalActKind.Asked, OperationKind.Create, plan, Samples.Shop()), OperationState.Failed,
            plan.Steps.Select(step => new StepTimes(step.Name, step.Title, StepState.Skipped, null, s_start)), [], 100);

        act.Seconds.ShouldBe(0);
        act.Steps.ShouldAllBe(step => step.Seconds == 0 && step.State == StepState.Skipped);
    }
}
