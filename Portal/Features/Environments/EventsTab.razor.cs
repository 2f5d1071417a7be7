using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using MudBlazor;
using Portal.Components.Lists;
using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Infrastructure.Live;

namespace Portal.Features.Environments;

/// <summary>
/// All that happened in an environment, in the library's grid: only the rows in sight are drawn, and read from the database. The list reaches up to
/// one event. Who looks at its beginning gets each new one; who reads further down keeps his place, and a button says how many came.
/// </summary>
public sealed partial class EventsTab : LiveComponent
{
    private const string GridId = "events-grid";

    private MudDataGrid<EventInfo>? _grid;
    private IReadOnlyList<string> _people = [];
    private EventLog? _log;
    private EventLogAddress? _address;
    private QueryReader _query = new();
    private Guid _of;
    private long _upTo;
    private long _seen;
    private int? _total;
    private int _fresh;

    [Parameter, EditorRequired]
    public EnvironmentSnapshot Snapshot { get; set; } = default!;

    /// <summary>Which moment the snapshot is of; null for now.</summary>
    [Parameter]
    public ReplayMoment? Moment { get; set; }

    private string? Search => Navigation.Query("search");

    private string? Severity => Navigation.Query("severity");

    private string? Step => Navigation.Query("step");

    private string? By => Navigation.Query("by");

    private long Last => Snapshot.Environment.LastEvent;

    private IEnumerable<LinkMenuItem> Steps => LinkMenuItem.OfChoices(
        "All steps", ResourceList.StepsOf(Snapshot).Select(step => (step, TitleOf(step))), _log!.Filter.Step, step => _log.With(filter => filter with { Step = step }).Address);

    private IEnumerable<LinkMenuItem> People => LinkMenuItem.OfChoices(
        "Everybody", _people.Select(name => (name, name)), _log!.Filter.By, name => _log.With(filter => filter with { By = name }).Address);

    protected override async Task OnParametersSetAsync()
    {
        var address = new EventLogAddress(Search, Severity, Step, By);
        if (_of != Snapshot.Environment.Id || Snapshot.Events.Any(one => one.Number > _seen && !_people.Contains(one.By.Name)))
        {
            _of = Snapshot.Environment.Id;
            _people = await Desk.ActorsAsync(_of, Lifetime);
        }

        if (address != _address || _log?.Environment != Snapshot.Environment.Name)
        {
            (_address, _query) = (address, new QueryReader());
            _log = EventLog.Read(Snapshot.Environment.Name, address, _query, ResourceList.StepsOf(Snapshot), _people) with { Moment = Moment };
            await ShowFreshAsync();
            return;
        }

        _log = _log! with { Moment = Moment };
        if (Last > _seen)
        {
            _seen = Last;
            await TellAsync();
        }
        else if (Last < _seen)
        {
            // A replay went back.
            await ReloadAsync();
        }
    }

    private async Task TellAsync()
    {
        if (await Script.InvokeAsync<bool>("portal.isScrolled", Lifetime, GridId))
            _fresh = (await Desk.EventsAsync(_of, _log!.Filter, Last, 0, 0, Lifetime)).Total - (_total ?? 0);
        else
            await ReloadAsync();
    }

    private async Task ShowFreshAsync()
    {
        await Script.InvokeVoidAsync("portal.scrollToTop", Lifetime, GridId);
        await ReloadAsync();
    }

    private async Task ReloadAsync()
    {
        (_upTo, _seen, _fresh) = (Last, Last, 0);
        if (_grid is not null)
            await _grid.ReloadServerData();
    }

    // The grid asks for what is in sight and a little around it.
    private async Task<GridData<EventInfo>> ReadAsync(GridStateVirtualize<EventInfo> asked, CancellationToken cancellationToken)
    {
        var stretch = await Desk.EventsAsync(_of, _log!.Filter, _upTo, asked.StartIndex, asked.Count, cancellationToken);
        if (_total != stretch.Total)
        {
            _total = stretch.Total;
            StateHasChanged();
        }

        return new GridData<EventInfo> { Items = stretch.Events, TotalItems = stretch.Total };
    }

    private void Find(string? text) => Navigation.NavigateTo(_log!.With(filter => filter with { Search = text }).Address, replace: true);

    private string In(EventSeverity? severity) => _log!.With(filter => filter with { Severity = severity }).Address;

    private string? Is(EventSeverity? severity) => _log!.Filter.Severity == severity ? "true" : null;

    private string TitleOf(string step) => ResourceList.TitleOf(Snapshot, step);
}
