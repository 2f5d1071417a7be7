using Portal.Core.Specifications;

namespace Portal.Core.Topology;

/// <content>Many services: a card each, in groups that can be folded.</content>
public sealed partial class PictureLayout
{
    private const int CardWidth = 146;
    private const int CardHeight = 44;
    private const int ChipHeight = 24;
    private const int CardGap = 8;
    private const int SumHeight = 20;

    private List<PictureItem> Cards(PictureItem ingress, out int clusterBottom, out int storesBottom, out Func<int, int>? besides)
    {
        List<PictureItem> groups = [];
        List<(TopologyNode Node, Place Place)> places = [];
        var y = ingress.Place.Bottom + 26;
        foreach (var (id, title, columns) in Groups())
        {
            var isFolded = _options.Folded.Contains(id);
            var top = y;
            var tag = new PictureItem(id, null, $"{title} · {columns.Count}", Shape.Tag, new Place(Left + Pad, top - (TagHeight / 2), TagWidth, TagHeight)) { IsFolded = isFolded };
            List<PictureItem> cards = [];
            y += 18;
            if (isFolded)
            {
                tag = tag with { Hidden = [.. columns.Select(Worst).OrderBy(node => node.Badness)], HiddenPlace = new Place(Left + Pad, y, Right - Left - (2 * Pad), SumHeight) };
                y += SumHeight;
            }
            else
            {
                y = Rows(columns, cards, places, y);
            }

            var frame = Frame(FrameKind.Group, new Place(Left, top, Right - Left, y + Pad - top));
            groups.Add(tag with { Children = cards });
            if (columns[0].Path is { } rule && _topology.Ingress is { } node)
                _edges.Add(new PictureEdge(node, rule, EdgeKind.Way, [(_middle, ingress.Place.Bottom), (_middle, frame.Y)]));
            y = frame.Bottom + 20;
        }

        Between(places);
        clusterBottom = y - 20 + Pad;
        storesBottom = clusterBottom;
        besides = null;
        return groups;
    }

    private IEnumerable<(string Id, string Title, IReadOnlyList<ServiceColumn> Columns)> Groups()
    {
        (string, string, IReadOnlyList<ServiceColumn>)[] groups =
        [
            ("group-outside", "Reached from outside", [.. _topology.Columns.Where(column => column.Path is not null)]),
            ("group-internal", "Reached from inside only", [.. _topology.Columns.Where(column => column.Path is null && column.Kind == WorkloadKind.Service)]),
            ("group-workers", "Workers", [.. _topology.Columns.Where(column => column.Path is null && column.Kind == WorkloadKind.Worker)]),
            ("group-jobs", "Scheduled jobs", [.. _topology.Columns.Where(column => column.Path is null && column.Kind == WorkloadKind.ScheduledJob)]),
        ];
        return groups.Where(group => group.Item3.Count > 0);
    }

    // A store that failed must not be hidden by its service, which then only waits.
    private static TopologyNode Worst(ServiceColumn column) => ((TopologyNode?[])[column.Service, column.Path, .. column.Stores]).OfType<TopologyNode>().MinBy(node => node.Badness)!;

    // Cards of a row are as high as its highest; nothing of them depends on a state.
    private int Rows(IReadOnlyList<ServiceColumn> columns, List<PictureItem> cards, List<(TopologyNode, Place)> places, int y)
    {
        var room = Right - Left - (2 * Pad);
        var perRow = Math.Max(1, (room + CardGap) / (CardWidth + CardGap));
        var width = ((room + CardGap) / perRow) - CardGap;
        for (var start = 0; start < columns.Count; start += perRow)
        {
            var row = columns.Skip(start).Take(perRow).ToList();
            var height = CardHeight + (row.Exists(column => Own(column).Count > 0) ? ChipHeight + 4 : 0);
            for (var index = 0; index < row.Count; index++)
            {
                var place = new Place(Left + Pad + (index * (width + CardGap)), y, width, height);
                places.Add((row[index].Service, place));
                cards.Add(Item(row[index].Service, Shape.Card, place) with { Pods = row[index].Pods, Children = [.. Chips(row[index], place)] });
            }

            y += height + CardGap;
        }

        return y - CardGap;
    }

    private static IEnumerable<PictureItem> Chips(ServiceColumn column, Place card)
    {
        var stores = Own(column);
        var path = column.Path is { } rule ? new PictureItem[] { Item(rule, Shape.Path, new Place(card.X, card.Y, 0, 0)) } : [];
        var width = (card.Width - 8 - ((stores.Count - 1) * 4)) / Math.Max(1, stores.Count);
        return path.Concat(stores.Select((store, index) =>
            Item(store.Node, Shape.Chip, new Place(card.X + 4 + (index * (width + 4)), card.Bottom - ChipHeight - 4, width, ChipHeight)) with { IsShared = store.IsShared }));
    }

    // All of them would be a thicket: whoever draws shows those of the service that is looked at.
    private void Between(List<(TopologyNode Node, Place Place)> places)
    {
        var known = places.ToDictionary(one => one.Node.Title, StringComparer.Ordinal);
        foreach (var (kind, pairs) in ((EdgeKind, IReadOnlyList<(string From, string To)>)[])[(EdgeKind.Call, _topology.Calls), (EdgeKind.Share, _topology.Shares)])
        {
            foreach (var (caller, callee) in pairs)
            {
                if (caller == callee || !known.TryGetValue(caller, out var from) || !known.TryGetValue(callee, out var to))
                    continue;
                var (start, end) = (from.Place, to.Place);
                var isBelow = end.Y > start.Y;
                var y = isBelow ? start.Bottom + (CardGap / 2) : start.Y - (CardGap / 2);
                _edges.Add(new PictureEdge(from.Node, to.Node, kind, start.Y == end.Y
                    ? [(start.Middle, start.Y), (start.Middle, start.Y - 4), (end.Middle, start.Y - 4), (end.Middle, start.Y)]
                    : [(start.Middle, isBelow ? start.Bottom : start.Y), (start.Middle, y), (end.X - (CardGap / 2), y), (end.X - (CardGap / 2), end.Y + 22), (end.X, end.Y + 22)]));
            }
        }
    }
}
