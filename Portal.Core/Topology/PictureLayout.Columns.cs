namespace Portal.Core.Topology;

/// <content>A column a service: path, service, pods, stores in the subnets, stores beside the VPC.</content>
public sealed partial class PictureLayout
{
    private const int Widest = 300;
    private const int Narrow = 200;
    private const int PodSize = 22;
    private const int PodStep = 27;
    private const int MostLanes = 6;
    private const int LaneStep = 5;

    private List<PictureItem> Columns(PictureItem ingress, out int clusterBottom, out int storesBottom, out Func<int, int>? besides)
    {
        var columns = _topology.Columns;
        var gap = columns.Count > 5 ? 8 : 16;
        var width = Math.Min(Widest, (Right - Left - ((columns.Count - 1) * gap)) / Math.Max(1, columns.Count));
        var first = _middle - (((columns.Count * (width + gap)) - gap) / 2);
        var shape = width < Narrow ? Shape.Slim : Shape.Box;
        var fan = ingress.Place.Bottom + 8;
        var pathTop = ingress.Place.Bottom + 16;
        var serviceTop = pathTop + TagHeight + 8;
        var lanes = Lanes();
        var podsTop = serviceTop + TwoLines + (lanes.Count > 0 ? 10 + ((lanes.Values.Max() + 1) * LaneStep) : 8);
        clusterBottom = podsTop + PodSize + Pad;
        var storeTop = clusterBottom + 12;
        var inside = columns.Max(column => Own(column).Count(store => store.Node.Way is null));
        var beside = columns.Max(column => Own(column).Count(store => store.Node.Way is not null));
        storesBottom = inside == 0 ? clusterBottom : storeTop + (inside * (TwoLines + 6)) - 6;
        List<PictureItem> items = [];
        List<Action<int>> later = [];
        for (var index = 0; index < columns.Count; index++)
        {
            var column = columns[index];
            var x = first + (index * (width + gap));
            var service = Item(column.Service, shape, new Place(x, serviceTop, width, TwoLines));
            List<PictureItem> children = [];
            if (column.Path is { } rule)
            {
                var path = Item(rule, Shape.Path, new Place(x + (width / 2) - (Math.Min(width, 150) / 2), pathTop, Math.Min(width, 150), TagHeight));
                children.Add(path);
                Fan(ingress, path, fan);
                Way(path, service);
            }

            var stores = Own(column);
            var above = service.Place.Bottom;
            _edges.Add(new PictureEdge(column.Service, column.Service, EdgeKind.Way, [(service.Place.Middle, above), (service.Place.Middle, podsTop)]));
            var y = storeTop;
            foreach (var (store, isShared) in stores.Where(store => store.Node.Way is null))
            {
                children.Add(Item(store, shape, new Place(x, y, width, TwoLines)) with { IsShared = isShared });
                if (y == storeTop)
                    _edges.Add(new PictureEdge(column.Service, store, EdgeKind.Way, [(service.Place.Middle, podsTop + PodSize), (service.Place.Middle, y)]));
                y += TwoLines + 6;
            }

            var number = index;
            var place = service.Place;
            var list = children;
            var passes = y > storeTop;
            later.Add(top => Beside(list, stores, new Place(x, top, width, 0), place, podsTop + PodSize, passes ? x + width + (gap / 2) : null, shape));
            items.Add(service with { Children = list, Pods = column.Pods, PodsPlace = new Place(x, podsTop, width, PodSize), PodsDrawn = Math.Max(1, (width + PodStep - PodSize) / PodStep) });
        }

        Calls(items, lanes, serviceTop + TwoLines);
        besides = beside == 0 ? null : top =>
        {
            // What the frame is called stands below, where no line goes.
            var storesTop = top + 18;
            var bottom = storesTop + (beside * (TwoLines + 6)) - 6 + TagHeight;
            foreach (var draw in later)
                draw(storesTop);
            Frame(FrameKind.Region, new Place(1, top, _options.Width - 3, bottom - top));
            return bottom;
        };
        return items;
    }

    private static List<(TopologyNode Node, bool IsShared)> Own(ServiceColumn column) =>
        [.. column.Stores.Select(store => (store, false)), .. column.Shared.Select(store => (store, true))];

    // Below the VPC; where a store of the subnets stands in the way, the line goes beside the column.
    private void Beside(List<PictureItem> children, IReadOnlyList<(TopologyNode Node, bool IsShared)> stores, Place column, Place service, int from, int? around, Shape shape)
    {
        var y = column.Y;
        foreach (var (store, isShared) in stores.Where(store => store.Node.Way is not null))
        {
            var item = Item(store, shape, new Place(column.X, y, column.Width, TwoLines)) with { IsShared = isShared };
            children.Add(item);
            if (y == column.Y)
            {
                var owner = _topology.Columns.First(one => one.Stores.Contains(store) || one.Shared.Contains(store)).Service;
                _edges.Add(new PictureEdge(owner, store, EdgeKind.Way, around is { } x
                    ? [(service.Middle, from), (service.Middle, from + 5), (x, from + 5), (x, y - 9), (service.Middle, y - 9), (service.Middle, y)]
                    : [(service.Middle, from), (service.Middle, y)]));
            }

            y += TwoLines + 6;
        }
    }

    private void Fan(PictureItem ingress, PictureItem path, int y) => _edges.Add(new PictureEdge(
        ingress.Node!, path.Node!, EdgeKind.Way,
        path.Place.Middle == ingress.Place.Middle
            ? [(path.Place.Middle, ingress.Place.Bottom), (path.Place.Middle, path.Place.Y)]
            : [(ingress.Place.Middle, ingress.Place.Bottom), (ingress.Place.Middle, y), (path.Place.Middle, y), (path.Place.Middle, path.Place.Y)]));

    /// <summary>Which height each call's line runs at, so that those which meet do not lie upon each other while there is room.</summary>
    private Dictionary<(int From, int To), int> Lanes()
    {
        var places = _topology.Columns.Select((column, index) => (column.Service.Title, index)).ToDictionary(pair => pair.Title, pair => pair.index, StringComparer.Ordinal);
        List<List<(int Low, int High)>> taken = [];
        Dictionary<(int, int), int> lanes = [];
        var calls = _topology.Calls.Concat(_topology.Shares).Distinct().Where(call => places.ContainsKey(call.Item1) && places.ContainsKey(call.Item2) && call.Item1 != call.Item2)
            .Select(call => (From: places[call.Item1], To: places[call.Item2])).OrderBy(call => Math.Abs(call.From - call.To)).ThenBy(call => Math.Min(call.From, call.To)).ThenBy(call => call.From);
        foreach (var call in calls)
        {
            var (low, high) = (Math.Min(call.From, call.To), Math.Max(call.From, call.To));
            var lane = taken.FindIndex(one => one.TrueForAll(other => other.High <= low || other.Low >= high));
            if (lane < 0 && taken.Count < MostLanes)
            {
                taken.Add([]);
                lane = taken.Count - 1;
            }

            lane = lane < 0 ? MostLanes - 1 : lane;
            taken[lane].Add((low, high));
            lanes[call] = lane;
        }

        return lanes;
    }

    // Out of a service's lower edge and into another's: beside the middle, where its own pods hang.
    private void Calls(List<PictureItem> items, Dictionary<(int From, int To), int> lanes, int top)
    {
        var out_ = new int[items.Count];
        foreach (var ((from, to), lane) in lanes.OrderBy(one => one.Value))
        {
            var kind = _topology.Calls.Contains((items[from].Title, items[to].Title)) ? EdgeKind.Call : EdgeKind.Share;
            var towards = Math.Sign(to - from);
            var start = items[from].Place.Middle + (towards * (12 + (4 * (out_[from]++ % 6))));
            var end = items[to].Place.Middle - (towards * (12 + (4 * (out_[to]++ % 6))));
            var y = top + 8 + (lane * LaneStep);
            _edges.Add(new PictureEdge(items[from].Node!, items[to].Node!, kind, [(start, top), (start, y), (end, y), (end, top)]));
        }
    }
}
