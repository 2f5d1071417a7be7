using System.Globalization;
using Microsoft.AspNetCore.Components;
using Portal.Components.Shared;
using Portal.Core.Topology;
using Portal.Infrastructure.Live;

namespace Portal.Components.Topology;

/// <summary>The live picture of an environment, or of what a plan would give.</summary>
public sealed partial class TopologyView
{
    // Of a service, in the list and in the row; how many more there are is said.
    private const int MostPods = 40;

    private Picture _picture = default!;

    [Parameter, EditorRequired]
    public EnvironmentTopology Topology { get; set; } = default!;

    [Parameter]
    public PictureOptions Options { get; set; } = new();

    [Parameter]
    public string? SelectedId { get; set; }

    /// <summary>A plan's picture: nothing has a state yet.</summary>
    [Parameter]
    public bool Preview { get; set; }

    /// <summary>As a nested list, whatever the room.</summary>
    [Parameter]
    public bool AsList { get; set; }

    /// <summary>Whether one can search and zoom.</summary>
    [Parameter]
    public bool Tools { get; set; }

    /// <summary>What else stands among the tools.</summary>
    [Parameter]
    public RenderFragment? ToolsContent { get; set; }

    /// <summary>Where a node's details are, by its id, and where there are none, for null. Nodes cannot be chosen where this is not given.</summary>
    [Parameter]
    public Func<string?, string>? Address { get; set; }

    /// <summary>Where the picture is with that group folded, or unfolded if it is.</summary>
    [Parameter]
    public Func<string, string>? Fold { get; set; }

    protected override void OnParametersSet() => _picture = PictureLayout.Of(Topology, Options);

    private string Label => Preview ? "What would be there" : "Topology";

    internal static string NameOfRegion(EnvironmentTopology topology) => $"Services of the region{(topology.Region.Length > 0 ? $" {topology.Region}" : "")}, beside the VPC";

    // The live ones and those of the chosen node are drawn last, so that they are not hidden.
    private IEnumerable<(PictureEdge Edge, bool Live)> Edges => _picture.Edges
        .Where(edge => edge.Kind == EdgeKind.Way || !_picture.IsCompact || IsChosen(edge))
        .Select(edge => (edge, Live: !Preview && edge.Kind == EdgeKind.Way && edge.IsLive))
        .OrderBy(pair => (pair.Live, IsChosen(pair.edge)));

    private bool IsChosen(PictureEdge edge) => edge.Kind != EdgeKind.Way && SelectedId is { } id && (edge.From.Id == id || edge.To.Id == id);

    private static string Head(PictureEdge edge, bool live) => edge.Kind != EdgeKind.Way ? "head-call" : edge.IsBroken ? "head-broken" : live ? "head-on" : "head";

    private string Classes(PictureItem item, TopologyNode node) =>
        $"node {(Preview ? $"plan {(node.Change == NodeChange.None ? "" : node.Change.ToString().ToLowerInvariant())}{(node.Keeps is null ? "" : " keeps")}" : ToneOf(node).Class)} {s_shapes[item.Shape]}{(item.Shape == Shape.Tag ? $" {node.Id}" : "")}{(node.Way is null ? "" : " beside")}{(item.IsShared ? " shared" : "")}";

    private static readonly Dictionary<Shape, string> s_shapes = Enum.GetValues<Shape>().ToDictionary(shape => shape, shape => shape.ToString().ToLowerInvariant());

    private static string Class(FrameKind kind) => kind.ToString().ToLowerInvariant();

    private static string Style(Place place) =>
        string.Create(CultureInfo.InvariantCulture, $"left:{place.X}px;top:{place.Y}px;width:{place.Width}px;height:{place.Height}px");

    internal static string? Change(TopologyNode node) => node switch
    {
        { Change: NodeChange.Comes } => "+ New",
        { Change: NodeChange.Changes } => "~ Changes",
        { Change: NodeChange.Replaced } => "± Replaced",
        { Change: NodeChange.Goes, Keeps: not null } => "− Data stays",
        { Change: NodeChange.Goes } => "− Goes",
        _ => null,
    };

    /// <summary>What is as it should be, but for what somebody changed of it, says so.</summary>
    internal static Tone ToneOf(TopologyNode node) => node is { State: NodeState.Ready, Drifted: > 0 } ? s_drifted : Tone.Of(node.State);

    private static readonly Tone s_drifted = new("warn", "warning", "Drift");

    internal static string? Line(TopologyNode node) => node.Reason ?? node.Keeps ?? (node.Drifted > 0 ? node.Drifted == 1 ? "1 resource was changed behind the portal's back" : $"{node.Drifted} resources were changed behind the portal's back" : null) ?? (node.Way is { } way ? node.Detail is { } detail ? $"{way} · {detail}" : way : node.Detail);

    /// <summary>Until when it is expected to take, or since when it is so; null where nobody knows.</summary>
    public static string? When(TopologyNode node, PageClock clock) =>
        node is { LeftLow: { } low, LeftHigh: { } high } ? $"done in {Text.Range(low, high)}"
        : node.Since is { } since ? $"since {clock.Times.At(since, clock.Now)}" : null;

    private string Says(TopologyNode node) => string.Join(" · ", ((string?[])[node.Title, Preview ? Change(node) : ToneOf(node).Word, Line(node), When(node, Clock)]).OfType<string>());
}
