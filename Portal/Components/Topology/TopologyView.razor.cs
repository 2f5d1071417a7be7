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

    // From the ingress to each column; the live ones are drawn last, so that they are not hidden.
    private IEnumerable<(int Index, bool Live)> FanOut => Topology.Columns
        .Select((column, index) => (Index: index, Live: Both(Topology.Ingress, column.Path)))
        .OrderBy(item => item.Live);
}
