using System.Globalization;

namespace Portal.Core.Topology;

/// <summary>A place in the picture, in its own pixels.</summary>
public readonly record struct Place(int X, int Y, int Width, int Height)
{
    public int Right => X + Width;

    public int Bottom => Y + Height;

    public int Middle => X + (Width / 2);
}

/// <summary>How a node is drawn.</summary>
public enum Shape
{
    /// <summary>Title and state in one line, what is to be said of it in the next.</summary>
    Box,

    /// <summary>All in one line.</summary>
    Line,

    /// <summary>For a narrow column: title, then the state.</summary>
    Slim,

    /// <summary>A part among others.</summary>
    Pill,

    /// <summary>A load balancer's rule.</summary>
    Path,

    /// <summary>The name of the frame on whose edge it stands.</summary>
    Tag,

    /// <summary>A service with all that is its own, where there are many.</summary>
    Card,

    /// <summary>A store on such a card.</summary>
    Chip,
}

/// <summary>One entry of the picture's outline: what a list says of it, and where it is drawn.</summary>
/// <param name="Node">Null for what has a name only.</param>
public sealed record PictureItem(string Id, TopologyNode? Node, string Title, Shape Shape, Place Place)
{
    /// <summary>What stands within or below it.</summary>
    public IReadOnlyList<PictureItem> Children { get; init; } = [];

    /// <summary>Of a service: drawn in a row in <see cref="PodsPlace"/>, or as a number where that is null.</summary>
    public IReadOnlyList<PodNode>? Pods { get; init; }

    public Place? PodsPlace { get; init; }

    /// <summary>How many pods the row has room for.</summary>
    public int PodsDrawn { get; init; }

    /// <summary>Of a group of services that can be folded: whether it is.</summary>
    public bool? IsFolded { get; init; }

    /// <summary>What a folded group hides: of each service the part of it that is in the worst state, the worst first. Drawn as numbers in <see cref="HiddenPlace"/>.</summary>
    public IReadOnlyList<TopologyNode> Hidden { get; init; } = [];

    public Place HiddenPlace { get; init; }

    /// <summary>Another service's: it stands in that one's column.</summary>
    public bool IsShared { get; init; }
}

/// <summary>In the order in which they are drawn, one upon the other.</summary>
public enum FrameKind
{
    Vpc,
    Public,
    Private,
    Cluster,

    /// <summary>What stands beside the VPC.</summary>
    Region,

    /// <summary>Services of one kind, where there are many.</summary>
    Group,
}

public sealed record PictureFrame(FrameKind Kind, Place Place);

public enum EdgeKind
{
    /// <summary>A request's way from outside.</summary>
    Way,

    /// <summary>A service calls another.</summary>
    Call,

    /// <summary>A service uses another one's store.</summary>
    Share,
}

/// <summary>A line from one node to another.</summary>
/// <param name="Points">Its corners.</param>
public sealed record PictureEdge(TopologyNode From, TopologyNode To, EdgeKind Kind, IReadOnlyList<(int X, int Y)> Points)
{
    private const int Round = 6;

    /// <summary>Whether the last request from outside broke here.</summary>
    public bool IsBroken { get; init; }

    /// <summary>Whether both ends are there.</summary>
    public bool IsLive => !IsBroken && From.State == NodeState.Ready && To.State == NodeState.Ready;

    /// <summary>As the data of an SVG path, corners rounded.</summary>
    public string Path
    {
        get
        {
            var path = new System.Text.StringBuilder();
            path.Append(CultureInfo.InvariantCulture, $"M{Points[0].X} {Points[0].Y}");
            for (var index = 1; index < Points.Count - 1; index++)
            {
                var corner = Points[index];
                var before = Towards(corner, Points[index - 1]);
                var after = Towards(corner, Points[index + 1]);
                path.Append(CultureInfo.InvariantCulture, $"L{before.X} {before.Y}Q{corner.X} {corner.Y} {after.X} {after.Y}");
            }

            return path.Append(CultureInfo.InvariantCulture, $"L{Points[^1].X} {Points[^1].Y}").ToString();
        }
    }

    private static (int X, int Y) Towards((int X, int Y) from, (int X, int Y) to)
    {
        var (x, y) = (to.X - from.X, to.Y - from.Y);
        return (from.X + (Math.Sign(x) * Math.Min(Round, Math.Abs(x) / 2)), from.Y + (Math.Sign(y) * Math.Min(Round, Math.Abs(y) / 2)));
    }
}

/// <summary>The topology with a place for everything. The same for the same structure: states move nothing.</summary>
/// <param name="Items">The outline, in reading order.</param>
/// <param name="IsCompact">Services are cards in groups instead of columns.</param>
public sealed record Picture(
    int Width, int Height, IReadOnlyList<PictureItem> Items, IReadOnlyList<PictureFrame> Frames, IReadOnlyList<PictureEdge> Edges, bool IsCompact)
{
    /// <summary>Every entry, outline or not.</summary>
    public IEnumerable<PictureItem> All => Items.SelectMany(Flat);

    private static IEnumerable<PictureItem> Flat(PictureItem item) => item.Children.SelectMany(Flat).Prepend(item);
}

/// <summary>What of the topology is drawn, and how wide.</summary>
public sealed record PictureOptions
{
    /// <summary>As wide as the environment's page has room for at 1440 pixels.</summary>
    public int Width { get; init; } = 992;

    /// <summary>The second level of detail: zones, NAT gateways, endpoints, security groups.</summary>
    public bool Network { get; init; }

    /// <summary>Groups of services that are folded, by their ids.</summary>
    public IReadOnlySet<string> Folded { get; init; } = new HashSet<string>(StringComparer.Ordinal);
}
