using Microsoft.AspNetCore.Components;
using Portal.Components.Lists;
using Portal.Components.Shared;
using Portal.Core.Environments;

namespace Portal.Features.Environments;

/// <summary>Everything the steps made, in the library's grid, which draws only the rows in sight; what it shows and how it is ordered stands in the address.</summary>
public sealed partial class ResourcesTab : ComponentBase
{
    private IReadOnlyList<ResourceInfo> _rows = [];
    private ResourceList _list = new("");
    private ResourceListAddress? _address;
    private EnvironmentSnapshot? _shown;
    private QueryReader _query = new();

    [Parameter, EditorRequired]
    public EnvironmentSnapshot Snapshot { get; set; } = default!;

    /// <summary>Which moment the snapshot is of; null for now.</summary>
    [Parameter]
    public ReplayMoment? Moment { get; set; }

    private string? Search => Navigation.Query("search");

    private string? State => Navigation.Query("state");

    private string? Step => Navigation.Query("step");

    private string? Type => Navigation.Query("type");

    private string? Sort => Navigation.Query("sort");

    private IEnumerable<LinkMenuItem> Steps => LinkMenuItem.OfChoices(
        "All steps", ResourceList.StepsOf(Snapshot).Where(step => Snapshot.Resources.Any(row => row.Step == step)).Select(step => (step, TitleOf(step))), _list.Step,
        step => (_list with { Step = step }).Address);

    private IEnumerable<LinkMenuItem> Types => LinkMenuItem.OfChoices(
        "All types", Snapshot.Resources.Select(row => row.Type).Distinct().Select(type => (type, Catalog.LabelOf(type))).OrderBy(type => type.Item2, StringComparer.OrdinalIgnoreCase), _list.Type,
        type => (_list with { Type = type }).Address);

    protected override void OnParametersSet()
    {
        var address = new ResourceListAddress(Search, State, Step, Type, Sort);
        if (address == _address && ReferenceEquals(Snapshot, _shown) && Moment == _list.Moment)
            return;
        (_address, _shown, _query) = (address, Snapshot, new QueryReader());
        _list = ResourceList.Read(Snapshot.Environment.Name, address, _query, Snapshot) with { Moment = Moment };
        _rows = _list.Of(Snapshot, Catalog.LabelOf);
    }

    private void Find(string? text) => Navigation.NavigateTo((_list with { Search = text }).Address, replace: true);

    private string Ordered(ListOrder order) => (_list with { Order = order }).Address;

    private string In(bool? ready) => (_list with { Ready = ready }).Address;

    private string? Is(bool? ready) => _list.Ready == ready ? "true" : null;

    private string TitleOf(string step) => ResourceList.TitleOf(Snapshot, step);
}
