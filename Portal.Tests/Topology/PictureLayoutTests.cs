using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Core.Topology;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Topology;

public sealed class PictureLayoutTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);
    private static readonly TopologyBuilder Builder = new(Samples.Catalog);

    [Theory]
    [InlineData(1, 992, false)]
    [InlineData(3, 992, true)]
    [InlineData(5, 760, false)]
    [InlineData(8, 992, true)]
    [InlineData(9, 992, false)]
    [InlineData(50, 992, true)]
    [InlineData(50, 760, false)]
    public void Of_AnyNumber_NothingLiesUponAnotherOrOutside(int services, int width, bool network)
    {
        var picture = PictureLayout.Of(Builder.Preview(Many(services)), new PictureOptions { Width = width, Network = network });

        var drawn = picture.All.Where(item => item.Place.Width > 0).ToList();
        drawn.Select(item => item.Id).ShouldBeUnique();
        drawn.ShouldAllBe(item => item.Place.X >= 0 && item.Place.Right <= picture.Width && item.Place.Y >= 0 && item.Place.Bottom <= picture.Height);
        // A card holds its chips.
        var apart = drawn.Where(item => item.Shape != Shape.Chip).ToList();
        apart.SelectMany((one, index) => apart.Skip(index + 1).Where(other => Meet(one.Place, other.Place)).Select(other => $"{one.Id} {other.Id}")).ShouldBeEmpty();
        apart.ShouldAllBe(item => item.Place.Height >= 24);
        picture.Edges.SelectMany(edge => edge.Points).ShouldAllBe(point => point.X >= 0 && point.X <= picture.Width && point.Y >= 0 && point.Y <= picture.Height);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public void Of_UpToEightServices_FitsAScreen(int services)
    {
        var picture = PictureLayout.Of(Builder.Preview(Many(services)));

        picture.IsCompact.ShouldBeFalse();
        // 1440 × 900 leaves some 600 below the tabs: a tenth smaller can be read.
        picture.Height.ShouldBeLessThanOrEqualTo(670);
    }

    [Fact]
    public void Of_OtherStatesAndMorePods_MovesNothing()
    {
        var waiting = Samples.Snapshot(Start);
        var whole = Samples.Snapshot(Start, [.. waiting.Steps.Select(step => (step.Name, StepState.Succeeded))]);
        whole = whole with { Resources = [.. Samples.Pods(whole.Specification, Start), .. Samples.Pods(whole.Specification with { Environment = "surge" }, Start)] };

        Places(Builder.Build(whole, Start)).ShouldBe(Places(Builder.Build(waiting, Start)));

        static IEnumerable<(string, Place, Place?)> Places(EnvironmentTopology topology) => PictureLayout.Of(topology).All.Select(item => (item.Id, item.Place, item.PodsPlace));
    }

    [Fact]
    public void Of_StoresOfTheRegion_StandBesideTheVpc()
    {
        var picture = PictureLayout.Of(Builder.Preview(Samples.Shop()));

        var frames = picture.Frames.ToDictionary(frame => frame.Kind, frame => frame.Place);
        Meet(Item("store-product-service").Place, frames[FrameKind.Private]).ShouldBeTrue();
        foreach (var id in new[] { "store-user-service", "store-cart-service" })
        {
            Meet(Item(id).Place, frames[FrameKind.Vpc]).ShouldBeFalse(id);
            Meet(Item(id).Place, frames[FrameKind.Region]).ShouldBeTrue(id);
        }

        PictureItem Item(string id) => picture.All.Single(item => item.Id == id);
    }

    [Fact]
    public void Of_ManyServices_AreCardsInGroupsThatFold()
    {
        var topology = Builder.Preview(Many(50));

        var open = PictureLayout.Of(topology);
        var folded = PictureLayout.Of(topology, new PictureOptions { Folded = new HashSet<string> { "group-internal" } });

        open.IsCompact.ShouldBeTrue();
        open.All.Count(item => item.Shape == Shape.Card).ShouldBe(50);
        open.All.Where(item => item.IsFolded is not null).Select(item => item.Title).ShouldBe(["Reached from outside · 17", "Reached from inside only · 33"]);
        folded.All.Count(item => item.Shape == Shape.Card).ShouldBe(17);
        folded.Height.ShouldBeLessThan(open.Height);
    }

    [Fact]
    public void Of_FoldedGroup_KeepsTheWorstOfEachServiceTheWorstFirst()
    {
        var topology = Builder.Preview(Many(50));
        var columns = topology.Columns.Select(column => column with { Service = column.Service with { State = NodeState.Ready }, Stores = [.. column.Stores.Select(store => store with { State = NodeState.Ready })] }).ToList();
        var inside = columns.FindAll(column => column.Path is null);
        // A store that fails while its service only waits, a service that is under way, and one that drifted.
        var (stored, busy, drifted) = (inside.First(column => column.Stores.Count > 0), inside[^1], inside[^2]);
        columns[columns.IndexOf(stored)] = stored with { Service = stored.Service with { State = NodeState.Waiting }, Stores = [stored.Stores[0] with { State = NodeState.Failed }] };
        columns[columns.IndexOf(busy)] = busy with { Service = busy.Service with { State = NodeState.Busy } };
        columns[columns.IndexOf(drifted)] = drifted with { Service = drifted.Service with { Drifted = 1 } };

        var picture = PictureLayout.Of(topology with { Columns = columns }, new PictureOptions { Folded = new HashSet<string> { "group-internal" } });

        var group = picture.All.Single(item => item.IsFolded == true);
        group.Hidden.Count.ShouldBe(33);
        group.Hidden.Take(4).Select(node => (node.State, node.Drifted)).ShouldBe([(NodeState.Failed, 0), (NodeState.Ready, 1), (NodeState.Busy, 0), (NodeState.Ready, 0)]);
        group.Hidden[0].Id.ShouldBe(stored.Stores[0].Id);
        picture.Frames.Where(frame => frame.Kind == FrameKind.Group).ShouldContain(frame => frame.Place.Y < group.HiddenPlace.Y && frame.Place.Bottom > group.HiddenPlace.Bottom);
    }

    [Fact]
    public void Of_CallsThatCross_RunApart()
    {
        var services = Many(5).Services;
        var calls = Many(5) with { Services = [services[0] with { Calls = [services[1].Name, services[4].Name] }, services[1], services[2] with { Calls = [services[3].Name] }, services[3] with { Calls = [services[0].Name] }, services[4]] };

        var lines = PictureLayout.Of(Builder.Preview(calls)).Edges.Where(edge => edge.Kind == EdgeKind.Call).Select(edge => (Low: edge.Points.Min(point => point.X), High: edge.Points.Max(point => point.X), Y: edge.Points.Max(point => point.Y))).ToList();

        lines.Count.ShouldBe(4);
        lines.SelectMany((one, index) => lines.Skip(index + 1).Where(other => other.Y == one.Y && other.Low < one.High && one.Low < other.High)).ShouldBeEmpty();
    }

    private static bool Meet(Place one, Place other) => one.X < other.Right && other.X < one.Right && one.Y < other.Bottom && other.Y < one.Bottom;

    /// <summary>Every third one is reached from outside, and every second has a store, by turns in the subnets and beside them.</summary>
    private static Specification Many(int count)
    {
        var shop = Samples.Shop();
        return shop with
        {
            Services = [.. Enumerable.Range(0, count).Select(index => shop.Services[0] with
            {
                Name = $"service-{index}",
                Path = index % 3 == 0 ? $"/path-{index}" : "",
                Exposure = index % 3 == 0 ? Exposure.Public : Exposure.Internal,
                Stores = (index % 4) switch { 0 => Samples.Stores("dynamodb"), 2 => Samples.Stores("valkey"), _ => [] },
            })],
        };
    }
}
