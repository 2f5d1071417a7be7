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

    // Between the columns, a hundred units each; to the left and to the right of a service's middle, so that two that call each other are two lines.
    private IEnumerable<(int From, int To)> Calls
    {
        get
        {
            var places = Topology.Columns.Select((column, index) => (column.Service.Title, index)).ToDictionary(pair => pair.Title, pair => pair.index, StringComparer.Ordinal);
            return Topology.Calls.Where(call => places.ContainsKey(call.Caller) && places.ContainsKey(call.Callee))
                .Select(call => (places[call.Caller], places[call.Callee]))
                .Select(call => call.Item1 < call.Item2 ? (call.Item1 * 100 + 60, call.Item2 * 100 + 40) : (call.Item1 * 100 + 40, call.Item2 * 100 + 60));
        }
    }

    // From the ingress to each column; the live ones are drawn last, so that they are not hidden.
    private IEnumerable<(int Index, bool Live)> FanOut => Topology.Columns
        .Select((column, index) => (Index: index, column.Path))
        .Where(item => item.Path is not null)
        .Select(item => (item.Index, Live: Both(Topology.Ingress, item.Path!)))
        .OrderBy(item => item.Live);
}
