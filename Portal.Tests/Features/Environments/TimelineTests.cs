using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Features.Environments;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Environments;

public sealed class TimelineTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Rows_Ended_LieWhereTheyRan()
    {
        var timeline = Of(100, OperationState.Succeeded, ("iam", 0, 10), ("net-core", 0, 25), ("cluster", 25, 75), ("nodes", 75, 100));

        timeline.Total.ShouldBe(TimeSpan.FromSeconds(100));
        timeline.Now.ShouldBeNull();
        timeline.Bar(timeline.Rows["cluster"].Begin, timeline.Rows["cluster"].End).ShouldBe((25, 50));
        timeline.Ticks.ShouldBe([.. new[] { 0, 30, 60, 90 }.Select(second => TimeSpan.FromSeconds(second))]);
        timeline.Rows["cluster"].After.ShouldBe("net-core", "of those it waited for, the last one");
        timeline.CriticalPath.Select(row => row.Step.Name).ShouldBe(["net-core", "cluster", "nodes"]);
        timeline.MostOfTheTime[0].ShouldSatisfyAllConditions(most => most.Row.Step.Name.ShouldBe("cluster"), most => most.Percent.ShouldBe(50));
    }

    [Fact]
    public void Rows_WhileItRuns_AreForeseen()
    {
        var timeline = Of(30, OperationState.Running, ("iam", 0, 10), ("net-core", 0, 25), ("cluster", 25, null));

        var cluster = timeline.Rows["cluster"];
        (cluster.IsForeseen, cluster.Begin).ShouldBe((false, TimeSpan.FromSeconds(25)));
        cluster.Took.TotalSeconds.ShouldBe(cluster.Expected.Typical, 0.001);
        var nodes = timeline.Rows["nodes"];
        (nodes.IsForeseen, nodes.Begin).ShouldBe((true, cluster.End));
        timeline.Now.ShouldBe(TimeSpan.FromSeconds(30));
        timeline.CriticalPath.First().IsForeseen.ShouldBeFalse();
        timeline.CriticalPath.Last().End.ShouldBe(timeline.Total);
    }

    [Fact]
    public void Rows_StandsStill_ForeseeNothing()
    {
        var timeline = Of(60, OperationState.Failed, ("iam", 0, 10), ("net-core", 0, 25));

        timeline.Rows.Keys.ShouldBe(["iam", "net-core"], ignoreOrder: true);
        timeline.Total.ShouldBe(TimeSpan.FromSeconds(25));
    }

    [Fact]
    public void Latest_BeyondWhatWasExpected_IsTheOneThatCostMost()
    {
        var timely = Of(100, OperationState.Succeeded, ("iam", 0, 1), ("net-core", 0, 1), ("cluster", 1, 8));
        var high = timely.Rows["cluster"].Expected.High;

        timely.Latest.ShouldBeNull();
        var late = Of(1000, OperationState.Succeeded, ("iam", 0, 1), ("net-core", 0, 1), ("cluster", 1, 301)).Latest!.Value;

        late.Row.Step.Name.ShouldBe("cluster");
        late.By.TotalSeconds.ShouldBe(300 - high, 0.001);
    }

    [Fact]
    public void Rows_NothingStarted_AreEmpty()
    {
        var timeline = Of(0, OperationState.Cancelled);

        timeline.Rows.ShouldBeEmpty();
        timeline.Percent(TimeSpan.FromSeconds(1)).ShouldBe(0);
    }

    private static Timeline Of(int now, OperationState state, params (string Name, int Begin, int? End)[] ran)
    {
        var snapshot = Samples.Snapshot(Start);
        return new Timeline(snapshot with
        {
            Operation = new OperationInfo(Guid.Empty, OperationKind.Create, state, "", Start, null),
            Steps = [.. snapshot.Steps.Select(step => ran.FirstOrDefault(one => one.Name == step.Name) is { Name: not null } one
                ? step with { State = one.End is null ? StepState.Running : StepState.Succeeded, StartedAt = Start.AddSeconds(one.Begin), FinishedAt = one.End is { } end ? Start.AddSeconds(end) : null }
                : step)],
        }, Start.AddSeconds(now));
    }
}
