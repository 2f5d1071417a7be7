using Microsoft.AspNetCore.Components;
using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Core.Topology;
using Portal.Infrastructure.Live;

namespace Portal.Features.Environments;

/// <summary>One environment, live. A change gives a new snapshot; between changes a second's beat only moves the percentages.</summary>
public sealed partial class EnvironmentPage : LiveComponent
{
    private EnvironmentSnapshot? _snapshot;
    private EnvironmentView? _view;
    private IDisposable? _following;
    private string? _name;
    private PictureOptions _options = new();
    private bool _missing;
    private IReadOnlyList<string> _teams = [];

    [Parameter]
    public string Name { get; set; } = "";

    [SupplyParameterFromQuery]
    private string? Tab { get; set; }

    /// <summary>Id of the chosen node.</summary>
    [SupplyParameterFromQuery]
    private string? Node { get; set; }

    /// <summary>"list", else it is a picture.</summary>
    [SupplyParameterFromQuery]
    private string? Form { get; set; }

    /// <summary>Whether the network's second level of detail is drawn.</summary>
    [SupplyParameterFromQuery]
    private string? Network { get; set; }

    /// <summary>Ids of the groups that are folded, with commas.</summary>
    [SupplyParameterFromQuery]
    private string? Folded { get; set; }

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
        _options = new PictureOptions { Network = Network == "1", Folded = (Folded ?? "").Split(',', 12, StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal) };
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

    private string NodeAddress(string? node) => With("node", node);

    private string File(string file, string? theme) => PictureDownload.UrlOf(Name, file, ("theme", theme), ("network", _options.Network ? "1" : null));

    private string FoldAddress(string group) => With("folded", string.Join(',', _options.Folded.Contains(group) ? _options.Folded.Except([group]) : _options.Folded.Append(group)) is { Length: > 0 } all ? all : null);

    // Whatever else the address says stays as it is.
    private string With(string name, string? value) => Navigation.GetUriWithQueryParameter(name, value);

    private string Address(string? tab) => $"/environments/{Name}{(tab is null ? "" : $"?tab={tab}")}";

    private string? IsTab(string tab) => CurrentTab == tab ? "page" : null;
}
