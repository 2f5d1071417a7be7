using System.Globalization;
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
    private RenderFragment Fan => builder =>
    {
        var columns = Topology.Columns.Count;
        builder.OpenElement(0, "svg");
        builder.AddAttribute(1, "class", "fan");
        builder.AddAttribute(2, "viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {columns * 100} 16"));
        builder.AddAttribute(3, "preserveAspectRatio", "none");
        builder.AddAttribute(4, "aria-hidden", "true");
        foreach (var (column, index) in Topology.Columns.Select((column, index) => (column, index)).OrderBy(item => Both(Topology.Ingress, item.column.Path)))
        {
            builder.OpenElement(5, "path");
            builder.SetKey(index);
            builder.AddAttribute(6, "class", Both(Topology.Ingress, column.Path) ? "on" : null);
            builder.AddAttribute(7, "d", string.Create(CultureInfo.InvariantCulture, $"M{columns * 50} 0V8H{index * 100 + 50}V16"));
            builder.CloseElement();
        }

        builder.CloseElement();
    };
}
