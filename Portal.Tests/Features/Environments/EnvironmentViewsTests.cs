using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Topology;
using Portal.Features.Environments;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Environments;

public sealed class EnvironmentViewsTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly EnvironmentViews _views = new(new TopologyBuilder(Samples.Catalog));

    [Fact]
    public void Of_UnderWay_IsOneViewForAllWhoLookInTheSameHalfSecond()
    {
        var snapshot = Samples.Snapshot(Start, ("cluster", StepState.Running));
        var view = _views.Of(snapshot, Times.Utc, Start);

        _views.Of(snapshot, Times.Utc, Start + (EnvironmentViews.Fresh / 2)).ShouldBeSameAs(view);
        _views.Of(snapshot, Times.Utc, Start + EnvironmentViews.Fresh).Now.ShouldBe(Start + EnvironmentViews.Fresh);
        _views.Of(snapshot with { Version = 2 }, Times.Utc, Start).ShouldNotBeSameAs(view);
    }

    [Fact]
    public void Of_AtRest_IsOneViewUntilTheDayEndsThereWhereItIsRead()
    {
        var snapshot = Samples.Snapshot(Start) with { Environment = Samples.Environment() with { State = EnvironmentState.Ready } };
        var tokyo = new Times(TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo"));
        var (here, there) = (_views.Of(snapshot, Times.Utc, Start), _views.Of(snapshot, tokyo, Start));

        there.ShouldNotBeSameAs(here);
        _views.Of(snapshot, Times.Utc, Start.AddHours(4)).ShouldBeSameAs(here);
        _views.Of(snapshot, tokyo, Start.AddHours(4)).ShouldNotBeSameAs(there);
    }
}
