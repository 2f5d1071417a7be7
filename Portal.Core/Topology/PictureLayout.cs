namespace Portal.Core.Topology;

/// <summary>Topology → picture: the request's way straight down the middle, a column a service below it; where there are many, cards in groups. Pure.</summary>
public sealed partial class PictureLayout
{
    // Narrower than that a column cannot be read: cards then.
    private const int NarrowestColumn = 116;

    private const int Gap = 10;
    private const int Pad = 8;
    private const int TwoLines = 40;
    private const int OneLine = 28;
    private const int TagHeight = 24;

    private readonly EnvironmentTopology _topology;
    private readonly PictureOptions _options;
    private readonly List<PictureFrame> _frames = [];
    private readonly List<PictureEdge> _edges = [];
    private readonly int _middle;

    private PictureLayout(EnvironmentTopology topology, PictureOptions options)
    {
        _topology = topology;
        _options = options;
        _middle = options.Width / 2;
    }

    public static Picture Of(EnvironmentTopology topology, PictureOptions? options = null) => new PictureLayout(topology, options ?? new PictureOptions()).Lay();

    private bool IsCompact => _topology.Columns.Count > (Right - Left + Pad) / NarrowestColumn;

    // Left and right edge of what stands in the cluster's frame.
    private int Left => 1 + (3 * Pad);

    private int Right => _options.Width - Left;

    private Picture Lay()
    {
        var client = Centred(_topology.Client, Shape.Line, 0, 250, OneLine);
        var gateway = Centred(_topology.Gateway, Shape.Box, client.Place.Bottom + Gap, 430, TwoLines);
        var link = Centred(_topology.Link, Shape.Line, gateway.Place.Bottom + Gap, 370, OneLine);
        Way(client, gateway);
        Way(gateway, link);

        var vpcTop = link.Place.Bottom + 18;
        var outside = PublicSubnets(link, vpcTop + 14);
        var balancer = outside.Children[0];
        var inside = PrivateSubnets(balancer, outside.Frame.Bottom + 20, out var besides);
        var vpc = new Place(1, vpcTop, _options.Width - 3, inside.Frame.Bottom + Pad - vpcTop);
        Frame(FrameKind.Vpc, vpc);
        var bottom = besides is null ? vpc.Bottom : besides(vpc.Bottom + Gap);
        return new Picture(
            _options.Width, bottom + 1,
            [client, gateway, link, Tag(_topology.Vpc, vpc) with { Children = [outside.Tag with { Children = outside.Children }, inside.Tag with { Children = inside.Children }] }],
            [.. _frames.OrderBy(frame => frame.Kind)], [.. _edges.Select(edge => IsBroken(edge) ? edge with { IsBroken = true } : edge)], IsCompact);
    }

    // Into it, and not out of it to its own pods.
    private bool IsBroken(PictureEdge edge) => edge.Kind == EdgeKind.Way && edge.To.Id == _topology.BrokenHop && edge.From.Id != edge.To.Id;

    private (PictureItem Tag, Place Frame, IReadOnlyList<PictureItem> Children) PublicSubnets(PictureItem link, int top)
    {
        var y = top + Pad;
        var balancer = Centred(_topology.LoadBalancer, Shape.Box, y, Math.Min(340, _options.Width / 2), TwoLines);
        var side = Right - (balancer.Place.Right + Gap);
        var egress = Item(_topology.Egress, Shape.Box, new Place(Right - Math.Min(200, side), y, Math.Min(200, side), TwoLines));
        Way(link, balancer);
        List<PictureItem> children = [balancer, egress];
        var bottom = balancer.Place.Bottom;
        if (_options.Network)
            bottom = Row(children, bottom + Pad, [.. _topology.Network.Zones.Select(zone => (zone.Public, zone.Nat))]);
        var frame = Frame(FrameKind.Public, new Place(1 + Pad, top, _options.Width - 2 - (2 * Pad), bottom + Pad - top));
        // Beside the load balancer, not on the edge: there stands the VPC's own.
        var tag = Item(_topology.PublicSubnets, Shape.Tag, new Place(1 + (2 * Pad), y + ((TwoLines - TagHeight) / 2), Math.Min(TagWidth, balancer.Place.X - (2 * Gap) - Pad), TagHeight));
        return (tag, frame, children);
    }

    private (PictureItem Tag, Place Frame, IReadOnlyList<PictureItem> Children) PrivateSubnets(PictureItem balancer, int top, out Func<int, int>? besides)
    {
        List<PictureItem> children = [];
        var y = top + 16;
        if (_options.Network)
        {
            y = Row(children, y, [.. _topology.Network.Zones.Select(zone => (zone.Private, (TopologyNode?)null))]) + Pad;
            y = Pills(children, y, _topology.Network.Endpoints) + Pad;
            y = Row(children, y, [.. _topology.Network.Security.Select(group => (group, (TopologyNode?)null))]) + 6;
        }

        var clusterTop = y + Gap;
        var parts = ClusterHead(balancer, clusterTop + 17, out var ingress);
        var below = IsCompact ? Cards(ingress, out var clusterBottom, out var storesBottom, out besides) : Columns(ingress, out clusterBottom, out storesBottom, out besides);
        var cluster = Frame(FrameKind.Cluster, new Place(1 + (2 * Pad), clusterTop, _options.Width - 2 - (4 * Pad), clusterBottom - clusterTop));
        children.Add(Tag(_topology.Cluster, cluster) with { Children = [.. parts, .. below] });
        var frame = Frame(FrameKind.Private, new Place(1 + Pad, top, _options.Width - 2 - (2 * Pad), storesBottom + Pad - top));
        return (Tag(_topology.PrivateSubnets, frame), frame, children);
    }

    private List<PictureItem> ClusterHead(PictureItem balancer, int y, out PictureItem ingress)
    {
        ingress = Centred(_topology.Ingress, Shape.Line, y, Math.Min(196, (Right - Left) / 3), OneLine);
        Way(balancer, ingress);
        var left = _topology.ClusterParts.Take(2).ToList();
        var right = _topology.ClusterParts.Skip(2).ToList();
        return
        [
            .. Spread(left, Left, ingress.Place.X - Gap, y, fromRight: false),
            ingress,
            .. Spread(right, ingress.Place.Right + Gap, Right, y, fromRight: true),
        ];
    }

    // As wide as each one's title wants, or all narrower where they do not fit; what they are called now does not count.
    private static IEnumerable<PictureItem> Spread(IReadOnlyList<TopologyNode> nodes, int from, int to, int y, bool fromRight)
    {
        var wanted = nodes.Select(node => node.Id switch { "nodes" => 156, "control-plane" => 186, "secrets" => 184, _ => 176 }).ToList();
        var room = to - from - ((nodes.Count - 1) * 6);
        var factor = Math.Min(1, room / (double)Math.Max(1, wanted.Sum()));
        var x = fromRight ? to - (int)(wanted.Sum() * factor) - ((nodes.Count - 1) * 6) : from;
        for (var index = 0; index < nodes.Count; index++)
        {
            var width = (int)(wanted[index] * factor);
            yield return Item(nodes[index], Shape.Pill, new Place(x, y, width, OneLine));
            x += width + 6;
        }
    }

    /// <summary>Equal boxes side by side, each with a smaller one at its end where there is one.</summary>
    /// <returns>Their bottom.</returns>
    private int Row(List<PictureItem> children, int y, IReadOnlyList<(TopologyNode Node, TopologyNode? Second)> boxes)
    {
        var width = (Right - Left - ((boxes.Count - 1) * Gap)) / Math.Max(1, boxes.Count);
        for (var index = 0; index < boxes.Count; index++)
        {
            var x = Left + (index * (width + Gap));
            var second = boxes[index].Second is null ? 0 : width / 2;
            children.Add(Item(boxes[index].Node, Shape.Box, new Place(x, y, width - second - (second > 0 ? 6 : 0), TwoLines)));
            if (boxes[index].Second is { } node)
                children.Add(Item(node, Shape.Box, new Place(x + width - second, y, second, TwoLines)));
        }

        return y + TwoLines;
    }

    private int Pills(List<PictureItem> children, int y, IReadOnlyList<TopologyNode> nodes)
    {
        const int Width = 184;
        var perRow = Math.Max(1, (Right - Left + 6) / (Width + 6));
        for (var index = 0; index < nodes.Count; index++)
            children.Add(Item(nodes[index], Shape.Pill, new Place(Left + (index % perRow * (Width + 6)), y + (index / perRow * (OneLine + 6)), Width, OneLine)));
        return y + ((nodes.Count + perRow - 1) / perRow * (OneLine + 6)) - 6;
    }

    private const int TagWidth = 230;

    private static PictureItem Item(TopologyNode node, Shape shape, Place place) => new(node.Id, node, node.Title, shape, place);

    private PictureItem Centred(TopologyNode node, Shape shape, int y, int width, int height) =>
        Item(node, shape, new Place(_middle - (Math.Min(width, _options.Width) / 2), y, Math.Min(width, _options.Width), height));

    // On the frame's upper edge.
    private static PictureItem Tag(TopologyNode node, Place frame) => Item(node, Shape.Tag, new Place(frame.X + Pad, frame.Y - (TagHeight / 2), TagWidth, TagHeight));

    private Place Frame(FrameKind kind, Place place)
    {
        _frames.Add(new PictureFrame(kind, place));
        return place;
    }

    /// <summary>Straight down.</summary>
    private void Way(PictureItem from, PictureItem to) =>
        _edges.Add(new PictureEdge(from.Node!, to.Node!, EdgeKind.Way, [(to.Place.Middle, from.Place.Bottom), (to.Place.Middle, to.Place.Y)]));
}
