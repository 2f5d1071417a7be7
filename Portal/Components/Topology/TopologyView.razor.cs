using Microsoft.AspNetCore.Components;
using Portal.Core.Topology;

namespace Portal.Components.Topology;

/// <summary>The live picture of an environment, or of what a plan would give.</summary>
public sealed partial class TopologyView
{
    // More columns than this scroll inside the picture.
    private const int Fits = 4;

    [Parameter, EditorRequired]
    public EnvironmentTopology Topology { get; set; } = default!;

    [Parameter]
    public string? SelectedId { get; set; }

    /// <summary>A plan's picture: no states.</summary>
    [Parameter]
    public bool Preview { get; set; }

    /// <summary>Id of the node that was chosen. Without a listener nodes cannot be chosen.</summary>
    [Parameter]
    public EventCallback<string> OnSelect { get; set; }

    private bool Both(TopologyNode above, TopologyNode below) => !Preview && above.State == NodeState.Ready && below.State == NodeState.Ready;

    private RenderFragment Box(TopologyNode node, string part) => builder =>
    {
        builder.OpenComponent<NodeBox>(0);
        builder.AddComponentParameter(1, nameof(NodeBox.Node), node);
        builder.AddComponentParameter(2, nameof(NodeBox.Class), part);
        builder.AddComponentParameter(3, nameof(NodeBox.Selected), node.Id == SelectedId);
        builder.AddComponentParameter(4, nameof(NodeBox.Preview), Preview);
        builder.AddComponentParameter(5, nameof(NodeBox.OnSelect), OnSelect);
        builder.CloseComponent();
    };

    // From the ingress to each column; the live ones are drawn last, so that they are not hidden.
    private IEnumerable<(int Index, bool Live)> FanOut => Topology.Columns
        .Select((column, index) => (Index: index, Live: Both(Topology.Ingress, column.Path)))
        .OrderBy(item => item.Live);
}
