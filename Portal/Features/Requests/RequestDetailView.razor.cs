using Microsoft.AspNetCore.Components;
using Portal.Core.Catalog;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Core.Topology;

namespace Portal.Features.Requests;

public sealed partial class RequestDetailView(ServiceCatalog catalog, TopologyBuilder topology) : ComponentBase
{
    // As wide as there is room for beside the list of what waits.
    private static readonly PictureOptions s_options = new() { Width = 760 };

    private EnvironmentTopology _picture = default!;

    [Parameter, EditorRequired]
    public RequestDetail Detail { get; set; } = default!;

    /// <summary>Whether the steps are listed without a click.</summary>
    [Parameter]
    public bool PlanOpen { get; set; }

    private ServiceCatalog Catalog => catalog;

    private Specification Specification => Detail.Specification;

    private ClassDefaults Class => catalog.FindClass(Specification.Class.ToString().ToLowerInvariant())!;

    private int Stacks => Detail.Plan.Steps.Count(step => step.Kind == StepKind.Stack);

    private int Releases => Detail.Plan.Steps.Count(step => step.Kind == StepKind.Release);

    // Nothing is there yet, so a service says how many pods it would have and not how many are ready.
    protected override void OnParametersSet()
    {
        var preview = Detail.Request.Kind switch
        {
            RequestKind.Change => topology.Difference(Detail.Specification, Detail.Plan, Detail.There),
            RequestKind.Destroy => topology.Destruction(Detail.Specification, Detail.Plan),
            _ => topology.Preview(Detail.Specification),
        };
        _picture = preview with
        {
            Columns = [.. preview.Columns.Select(column => column with { Service = column.Service with { Detail = column.Pods.Count == 0 ? column.Service.Change == NodeChange.Goes ? null : column.Service.Detail : Words.Count(column.Pods.Count, "pod") } })],
        };
    }

    private string Store(ServiceSpecification service) => Words.Stores(service, catalog, "") is { Length: > 0 } stores ? $"on {stores}" : "without a data store";
}
