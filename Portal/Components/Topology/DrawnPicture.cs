using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Components;
using Portal.Components.Shared;
using Portal.Core.Topology;

namespace Portal.Components.Topology;

/// <summary>
/// A topology laid out, with all that is said and drawn of it as strings: made once and shared by the circuits that look at it, whoever has chosen which
/// node. Elements that are focused, or fade from one state to the next, are not in these strings.
/// </summary>
/// <remarks>What is markup here bears <c>in-picture</c>, the scope of the view's stylesheet (see Portal.csproj), as Blazor's own elements do.</remarks>
internal sealed class DrawnPicture
{
    // Of a service, in the list and in the row; how many more there are is said.
    private const int MostPods = 40;

    // Forms in which one topology is looked at at once, with whatever is folded in them.
    private const int MostKept = 16;

    private static readonly ConditionalWeakTable<EnvironmentTopology, Dictionary<Form, DrawnPicture>> s_kept = [];
    private static readonly Dictionary<Shape, string> s_shapes = Enum.GetValues<Shape>().ToDictionary(shape => shape, Lower);

    private readonly Dictionary<string, IReadOnlyDictionary<string, string>> _addresses = new(StringComparer.Ordinal);
    private readonly bool _isPreview;
    private readonly Times _times;
    private readonly DateTimeOffset _now;

    private DrawnPicture(EnvironmentTopology topology, PictureOptions options, bool isPreview, Times times, DateTimeOffset now)
    {
        (_isPreview, _times, _now) = (isPreview, times, now);
        Picture = PictureLayout.Of(topology, options);
        Zones = Markup.Of(Picture.Frames.Select(frame => Markup.Of(
            $"""<rect in-picture class="zone {Lower(frame.Kind)}" x="{frame.Place.X}.5" y="{frame.Place.Y}.5" width="{frame.Place.Width}" height="{frame.Place.Height}" rx="10"></rect>""")));
        RegionName = Picture.Frames.FirstOrDefault(frame => frame.Kind == FrameKind.Region) is { Place: var place }
            ? Markup.Of($"""<span in-picture class="region-name" style="left:{place.X + 8}px;top:{place.Bottom - 20}px">{TopologyView.NameOfRegion(topology)}</span>""") : null;
        Edges = [.. Picture.Edges.Select(edge => new DrawnEdge(edge, isPreview))];
        Items = [.. Picture.Items.Select(Draw)];
    }

    public Picture Picture { get; }

    /// <summary>The frames, within an SVG.</summary>
    public MarkupString Zones { get; }

    /// <summary>What stands beside the VPC; null where nothing does.</summary>
    public MarkupString? RegionName { get; }

    public IReadOnlyList<DrawnEdge> Edges { get; }

    public IReadOnlyList<DrawnItem> Items { get; }

    /// <param name="isPreview">A plan's picture: nothing has a state yet.</param>
    /// <param name="times">How times are told in it, as on the day of <paramref name="now"/>.</param>
    public static DrawnPicture Of(EnvironmentTopology topology, PictureOptions options, bool isPreview, Times times, DateTimeOffset now)
    {
        var form = new Form(options.Width, options.Network, string.Join(',', options.Folded.Order(StringComparer.Ordinal)), isPreview, times.ZoneName, times.Day(now));
        var kept = s_kept.GetOrCreateValue(topology);
        lock (kept)
        {
            if (kept.TryGetValue(form, out var drawn))
                return drawn;
            if (kept.Count == MostKept)
                kept.Clear();
            return kept[form] = new DrawnPicture(topology, options, isPreview, times, now);
        }
    }

    /// <summary>Node → where its details are, for the circuits whose page is at the same address.</summary>
    /// <param name="here">The page's address, which <paramref name="of"/> goes by.</param>
    public IReadOnlyDictionary<string, string> Addresses(string here, Func<string?, string> of)
    {
        lock (_addresses)
        {
            if (_addresses.TryGetValue(here, out var known))
                return known;
            if (_addresses.Count == MostKept)
                _addresses.Clear();
            return _addresses[here] = Picture.All.Where(item => item.Node is not null).ToDictionary(item => item.Id, item => of(item.Id), StringComparer.Ordinal);
        }
    }

    private DrawnItem Draw(PictureItem item) => new(item)
    {
        Classes = item.Node is { } node ? ClassesOf(item, node) : "node tag fold",
        Style = Style(item.Place),
        Says = item.Node is { } told ? SaysOf(told) : null,
        Inside = item.Node is { } inside ? InsideOf(item, inside)
            : Markup.Of($"<b in-picture>{item.Title}</b>{IconSet.Of(item.IsFolded == true ? "down" : "up")}"),
        Sums = item.Hidden.Count > 0 && !_isPreview ? Sums(item) : null,
        PodsStyle = item.PodsPlace is { } row ? Style(row) : null,
        Pods = item.PodsPlace is null ? [] : [.. item.Pods!.Take(MostPods).Select((pod, index) => Draw(item, pod, index))],
        MorePods = item.PodsPlace is null ? null : More(item),
        Children = [.. item.Children.Select(Draw)],
    };

    private MarkupString InsideOf(PictureItem item, TopologyNode node)
    {
        var look = TopologyView.ToneOf(node);
        MarkupString? state = _isPreview
            ? TopologyView.Change(node) is { } change ? Markup.Of($"""<span in-picture class="st">{change}</span>""") : null
            : Markup.Of($"""<span in-picture class="st">{IconSet.Of(look.Icon)}<span in-picture>{(node.State == NodeState.Busy ? $"{Text.Percent(node.Fraction)} %" : look.Word)}</span></span>""");
        MarkupString? count = item is { Shape: Shape.Card, Pods: { Count: > 0 } pods } ? Markup.Of($"""<span in-picture class="count">{Count(pods)}</span>""") : null;
        MarkupString? line = TopologyView.Line(node) is { Length: > 0 } said ? Markup.Of($"<small in-picture>{said}</small>") : null;
        MarkupString? when = When(node) is { } until ? Markup.Of($"""<small in-picture class="when">{until}</small>""") : null;
        return Markup.Of($"<b in-picture>{node.Title}</b>{state}{count}{line}{when}");
    }

    private string Count(IReadOnlyList<PodNode> pods) =>
        !_isPreview ? $"{pods.Count(pod => pod.State == NodeState.Ready)}/{pods.Count}" : pods.Count == 1 ? "1 pod" : $"{pods.Count} pods";

    private DrawnPod Draw(PictureItem item, PodNode pod, int index)
    {
        var look = Tone.Of(pod.State);
        var says = _isPreview ? pod.Name : $"{pod.Name} · {look.Word} · {pod.Detail}";
        MarkupString? icon = _isPreview ? null : IconSet.Of(look.Icon);
        var isOver = item.Pods!.Count > item.PodsDrawn && index >= item.PodsDrawn - 1;
        return new DrawnPod(
            pod.Name, $"pod {(_isPreview ? null : look.Class)} {(isOver ? "over" : null)}", says,
            Markup.Of($"""{icon}<span in-picture class="words">{says}</span>"""));
    }

    private static MarkupString? More(PictureItem item)
    {
        MarkupString? rest = item.Pods!.Count > item.PodsDrawn ? Markup.Of($"""<li in-picture class="rest" aria-hidden="true">+{item.Pods.Count - item.PodsDrawn + 1}</li>""") : null;
        MarkupString? more = item.Pods.Count > MostPods ? Markup.Of($"""<li in-picture class="pod over"><span in-picture class="words">and {item.Pods.Count - MostPods} more</span></li>""") : null;
        return rest is null && more is null ? null : Markup.Of($"{rest}{more}");
    }

    private static MarkupString Sums(PictureItem item)
    {
        var sums = item.Hidden.GroupBy(TopologyView.ToneOf).Select(same =>
            Markup.Of($"""<li in-picture class="{same.Key.Class}">{IconSet.Of(same.Key.Icon)}<b in-picture>{same.Count()}</b> {same.Key.Word}</li>"""));
        return Markup.Of($"""<ul in-picture class="sums" aria-label="What is folded in {item.Title}" style="{Style(item.HiddenPlace)}">{Markup.Of(sums)}</ul>""");
    }

    private string ClassesOf(PictureItem item, TopologyNode node) =>
        $"node {(_isPreview ? $"plan {(node.Change == NodeChange.None ? "" : Lower(node.Change))}{(node.Keeps is null ? "" : " keeps")}" : TopologyView.ToneOf(node).Class)} {s_shapes[item.Shape]}{(item.Shape == Shape.Tag ? $" {node.Id}" : "")}{(node.Way is null ? "" : " beside")}{(item.IsShared ? " shared" : "")}";

    private string SaysOf(TopologyNode node) =>
        string.Join(" · ", ((string?[])[node.Title, _isPreview ? TopologyView.Change(node) : TopologyView.ToneOf(node).Word, TopologyView.Line(node), When(node)]).OfType<string>());

    private string? When(TopologyNode node) => TopologyView.When(node, _times, _now);

    private static string Lower<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static string Style(Place place) =>
        string.Create(CultureInfo.InvariantCulture, $"left:{place.X}px;top:{place.Y}px;width:{place.Width}px;height:{place.Height}px");

    private sealed record Form(int Width, bool Network, string Folded, bool IsPreview, string Zone, string Day);
}

/// <summary>One entry of the outline.</summary>
internal sealed record DrawnItem(PictureItem Item)
{
    public string DomId { get; } = $"node-{Item.Id}";

    public required string Classes { get; init; }

    public required string Style { get; init; }

    /// <summary>All that is said of it, in one line; null for what has a name only.</summary>
    public required string? Says { get; init; }

    public required MarkupString Inside { get; init; }

    /// <summary>How many of which state a folded group hides; null where it is not folded.</summary>
    public required MarkupString? Sums { get; init; }

    /// <summary>Where its pods are; null where they are no row.</summary>
    public required string? PodsStyle { get; init; }

    public required IReadOnlyList<DrawnPod> Pods { get; init; }

    /// <summary>After the pods, how many more there are; null for none.</summary>
    public required MarkupString? MorePods { get; init; }

    public required IReadOnlyList<DrawnItem> Children { get; init; }
}

internal sealed record DrawnPod(string Name, string Classes, string Says, MarkupString Inside);

/// <summary>A line, as the attributes of an SVG path.</summary>
internal sealed record DrawnEdge
{
    public DrawnEdge(PictureEdge edge, bool isPreview)
    {
        Edge = edge;
        IsLive = !isPreview && edge is { Kind: EdgeKind.Way, IsLive: true };
        Path = edge.Path;
        Head = edge.Kind != EdgeKind.Way ? "url(#head-call)" : edge.IsBroken ? "url(#head-broken)" : IsLive ? "url(#head-on)" : "url(#head)";
        Classes = $"edge {edge.Kind.ToString().ToLowerInvariant()} {(edge.IsBroken ? "broken" : IsLive ? "on" : null)}";
    }

    public PictureEdge Edge { get; }

    /// <summary>Whether requests go along it.</summary>
    public bool IsLive { get; }

    public string Path { get; }

    public string Head { get; }

    public string Classes { get; }

    /// <summary>Whether it is the chosen node's.</summary>
    public bool IsOf(string? chosen) => Edge.Kind != EdgeKind.Way && chosen is not null && (Edge.From.Id == chosen || Edge.To.Id == chosen);
}
