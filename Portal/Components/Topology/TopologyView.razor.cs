using Microsoft.AspNetCore.Components;
using Portal.Components.Shared;
using Portal.Core.Topology;

namespace Portal.Components.Topology;

/// <summary>The live picture of an environment, or of what a plan would give.</summary>
public sealed partial class TopologyView
{
    private DrawnPicture _drawn = default!;
    private IReadOnlyDictionary<string, string>? _addresses;
    private object? _shown;
    private bool _isNew;

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

    /// <summary>Where a node's details are, by its id and the page's address, and where there are none, for null. Nodes cannot be chosen where this is not given.</summary>
    [Parameter]
    public Func<string?, string>? Address { get; set; }

    /// <summary>Where the picture is with that group folded, or unfolded if it is.</summary>
    [Parameter]
    public Func<string, string>? Fold { get; set; }

    protected override void OnParametersSet()
    {
        _drawn = DrawnPicture.Of(Topology, Options, Preview, Clock.Times, Clock.Now);
        // Whatever else is given follows from these: it is where things are, by the page's address.
        var shown = (_drawn, SelectedId, AsList, Tools, Navigation.Uri);
        _isNew = !shown.Equals(_shown);
        _shown = shown;
        _addresses = Address is null ? null : _drawn.Addresses(Navigation.Uri, Address);
    }

    /// <summary>A second tree of the same would be kept beside the first.</summary>
    protected override bool ShouldRender() => _isNew;

    private string Label => Preview ? "What would be there" : "Topology";

    internal static string NameOfRegion(EnvironmentTopology topology) => $"Services of the region{(topology.Region.Length > 0 ? $" {topology.Region}" : "")}, beside the VPC";

    // The live ones and those of the chosen node are drawn last, so that they are not hidden.
    private IEnumerable<DrawnEdge> Edges => _drawn.Edges
        .Where(edge => edge.Edge.Kind == EdgeKind.Way || !_drawn.Picture.IsCompact || edge.IsOf(SelectedId))
        .OrderBy(edge => (edge.IsLive, edge.IsOf(SelectedId)));

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
    public static string? When(TopologyNode node, Times times, DateTimeOffset now) =>
        node is { LeftLow: { } low, LeftHigh: { } high } ? $"done in {Text.Range(low, high)}"
        : node.Since is { } since ? $"since {times.At(since, now)}" : null;
}
