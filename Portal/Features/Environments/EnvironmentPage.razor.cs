using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Infrastructure.Live;

namespace Portal.Features.Environments;

/// <summary>One environment, live. A change gives a new snapshot; between changes a second's beat only moves the percentages.</summary>
public sealed partial class EnvironmentPage : LiveComponent
{
    private EnvironmentSnapshot? _snapshot;
    private EnvironmentView? _view;
    private IDisposable? _following;
    private string? _name;
    private string? _selected;
    private string? _nodeOfAddress;
    private bool _missing;
    private IReadOnlyList<string> _teams = [];

    [Parameter]
    public string Name { get; set; } = "";

    [SupplyParameterFromQuery]
    private string? Tab { get; set; }

    /// <summary>Id of the chosen node.</summary>
    [SupplyParameterFromQuery]
    private string? Node { get; set; }

    private string CurrentTab => Tab is "timeline" or "resources" or "events" or "drift" ? Tab : "topology";

    protected override void OnInitialized() => EverySecond(() =>
    {
        if (_view is not { Runs: true })
            return;
        Look();
        StateHasChanged();
    });

    protected override async Task OnParametersSetAsync()
    {
        if (Node != _nodeOfAddress)
            _selected = _nodeOfAddress = Node;
        if (Name == _name)
            return;
        _name = Name;
        _following?.Dispose();
        (_snapshot, _view, _missing) = (null, null, false);
        var id = await Desk.FindAsync(QueryReader.Clean(Name), Lifetime);
        if (_name != Name)
            return;
        _missing = id is null;
        _teams = await Desk.TeamsAsync(Lifetime);
        if (id is not null)
            _following = Follow(Desk.Watch(id.Value), Show);
    }

    private void Show(EnvironmentSnapshot? snapshot)
    {
        // A last one of the environment before may still be under way.
        if (snapshot?.Environment.Name != _name)
            return;
        _snapshot = snapshot;
        Look();
    }

    private void Look() => _view = _snapshot is null ? null : new EnvironmentView(_snapshot, Topologies, Clock.Now);

    private async Task SelectAsync(string id)
    {
        _selected = _selected == id ? null : id;
        await Script.InvokeVoidAsync("portal.setQuery", Lifetime, "node", _selected);
    }

    private string Address(string? tab) => $"/environments/{Name}{(tab is null ? "" : $"?tab={tab}")}";

    private string? IsTab(string tab) => CurrentTab == tab ? "page" : null;
}
