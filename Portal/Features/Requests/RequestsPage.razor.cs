using Microsoft.AspNetCore.Components;
using Portal.Components.Lists;
using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Views;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Requests;

public sealed partial class RequestsPage(IRequestDesk desk, CurrentActor current, NavigationManager navigation) : LiveComponent
{
    private readonly LiveRows<RequestSummary> _rows = new(row => row.Id);
    private IReadOnlyList<TargetInfo>? _targets;
    private Page<RequestSummary>? _page;
    private RequestList? _list;
    private RequestListAddress? _address;
    private QueryReader _query = new();
    private IDisposable? _following;
    private int _reading;
    private bool _mayAsk;

    [SupplyParameterFromQuery]
    public string? State { get; set; }

    [SupplyParameterFromQuery]
    public string? Target { get; set; }

    [SupplyParameterFromQuery]
    public string? By { get; set; }

    [SupplyParameterFromQuery]
    public string? Search { get; set; }

    [SupplyParameterFromQuery]
    public string? Sort { get; set; }

    [SupplyParameterFromQuery]
    public string? Columns { get; set; }

    /// <summary>From 1, as people count.</summary>
    [SupplyParameterFromQuery]
    public string? Page { get; set; }

    private string? Sentence => (_page, _list) switch
    {
        (null, _) or (_, null) => null,
        ({ Total: var total }, { Filter.State: RequestState.Submitted }) => $"{Words.Count(total, "request")} waiting for approval",
        ({ Total: var total }, { Filter.State: { } state }) => $"{Words.Count(total, "request")} {state.ToString().ToLowerInvariant()}",
        ({ Total: var total }, { IsFiltered: true }) => $"{Words.Count(total, "request")} found",
        ({ Total: var total }, _) => $"{Words.Count(total, "request")} so far",
    };

    protected override async Task OnInitializedAsync() => _mayAsk = (await current.GetAsync()).May(Permission.RequestEnvironment);

    protected override async Task OnParametersSetAsync()
    {
        var address = new RequestListAddress(State, Target, By, Search, Sort, Columns, Page);
        if (address == _address)
            return;
        _address = address;
        _targets ??= await desk.TargetsAsync(Lifetime);
        if (address != _address || await OpenDefaultAsync())
            return;
        _query = new QueryReader();
        _list = RequestList.Read(address, _query, [.. _targets.Select(target => target.Name)]);
        if (_following is not null)
            await ReadAsync(_rows.Show);
        // The first beat comes at once, so that this is the first reading as well.
        _following ??= Follow(desk.WatchChanges(), _ => ReadAsync(_page is null ? _rows.Show : _rows.Update));
    }

    // Who opens the page without choosing anything gets the view that he chose for that.
    private async Task<bool> OpenDefaultAsync()
    {
        if (navigation.Uri.Contains('?', StringComparison.Ordinal))
            return false;
        var view = (await desk.Views.ListAsync(ListedPage.Requests, Lifetime)).FirstOrDefault(one => one.IsDefault);
        if (view is not { Query.Length: > 0 })
            return false;
        navigation.NavigateTo($"{RequestList.Path}?{view.Query}", replace: true);
        return true;
    }

    private async Task ReadAsync(Action<IReadOnlyList<RequestSummary>> show)
    {
        var mine = ++_reading;
        var page = await desk.ListAsync(_list!.Filter, Lifetime);
        // An answer to an older question may come later.
        if (mine != _reading)
            return;
        _page = page;
        show(page.Rows);
    }

    private void Find(string? text) => navigation.NavigateTo(_list!.With(filter => filter with { Search = text }).Address, replace: true);

    private string In(RequestState? state) => _list!.With(filter => filter with { State = state }).Address;

    private string? Is(RequestState? state) => _list!.Filter.State == state ? "true" : null;
}
