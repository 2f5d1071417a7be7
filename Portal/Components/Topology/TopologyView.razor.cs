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

    // Between the columns, a hundred units each; to the left and to the right of a service's middle, so that two that call each other, or use stores of each other, are two lines.
    private IEnumerable<(int From, int To)> Between(IReadOnlyList<(string From, string To)> services)
    {
        var places = Topology.Columns.Select((column, index) => (column.Service.Title, index)).ToDictionary(pair => pair.Title, pair => pair.index, StringComparer.Ordinal);
        return services.Where(pair => places.ContainsKey(pair.From) && places.ContainsKey(pair.To))
            .Select(pair => (places[pair.From], places[pair.To]))
            .Select(pair => pair.Item1 < pair.Item2 ? (pair.Item1 * 100 + 60, pair.Item2 * 100 + 40) : (pair.Item1 * 100 + 40, pair.Item2 * 100 + 60));
    }

    // From the ingress to each column; the live ones are drawn last, so that they are not hidden.
    private IEnumerable<(int Index, bool Live)> FanOut => Topology.Columns
        .Select((column, index) => (Index: index, column.Path))
        .Where(item => item.Path is not null)
        .Select(item => (item.Index, Live: Both(Topology.Ingress, item.Path!)))
        .OrderBy(item => item.Live);
}
