using Microsoft.AspNetCore.Components;
using Portal.Components.Lists;
using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Views;
using Portal.Infrastructure.Live;

namespace Portal.Features.Environments;

public sealed partial class Dashboard : LiveComponent
{
    private readonly LiveRows<EnvironmentSummary> _rows = new(row => row.Id);
    private IReadOnlyList<TargetInfo>? _targets;
    private DashboardPage? _page;
    private EnvironmentList? _list;
    private EnvironmentListAddress? _address;
    private QueryReader _query = new();
    private IDisposable? _following;
    private int _reading;

    [SupplyParameterFromQuery]
    private string? State { get; set; }

    [SupplyParameterFromQuery]
    private string? Target { get; set; }

    [SupplyParameterFromQuery]
    private string? Owner { get; set; }

    [SupplyParameterFromQuery]
    private string? Team { get; set; }

    [SupplyParameterFromQuery]
    private string? Attention { get; set; }

    [SupplyParameterFromQuery]
    private string? Search { get; set; }

    [SupplyParameterFromQuery]
    private string? Sort { get; set; }

    [SupplyParameterFromQuery]
    private string? Columns { get; set; }

    /// <summary>From 1, as people count.</summary>
    [SupplyParameterFromQuery]
    private string? Page { get; set; }

    private string? Sentence => _page?.Counts switch
    {
        null or { Total: 0 } => null,
        var counts => string.Join(", ", new[]
        {
            counts.Running > 0 ? $"{counts.Running} being worked on" : null,
            counts.Degraded > 0 ? $"{counts.Degraded} degraded" : null,
            counts.Failed > 0 ? $"{counts.Failed} failed" : null,
            counts.Requested > 0 ? $"{counts.Requested} waiting for approval" : null,
        }.OfType<string>()) is { Length: > 0 } text ? text : counts.Ready == counts.Total ? "all ready" : null,
    };

    protected override async Task OnParametersSetAsync()
    {
        var address = new EnvironmentListAddress(State, Target, Owner, Search, Sort, Columns, Page, Team, Attention);
        if (address == _address)
            return;
        _address = address;
        _targets ??= await Desk.TargetsAsync(Lifetime);
        if (address != _address || await OpenDefaultAsync())
            return;
        _query = new QueryReader();
        _list = EnvironmentList.Read(address, _query, [.. _targets.Select(target => target.Name)]);
        if (_following is not null)
            await ReadAsync(_rows.Show);
        // The first beat comes at once, so that this is the first reading as well.
        _following ??= Follow(Desk.WatchChanges(), _ => ReadAsync(_page is null ? _rows.Show : _rows.Update));
    }

    // Who opens the page without choosing anything gets the view that he chose for that.
    private async Task<bool> OpenDefaultAsync()
    {
        if (Navigation.ToBaseRelativePath(Navigation.Uri).Contains('?', StringComparison.Ordinal))
            return false;
        var view = (await Desk.Views.ListAsync(ListedPage.Environments, Lifetime)).FirstOrDefault(one => one.IsDefault);
        if (view is not { Query.Length: > 0 })
            return false;
        Navigation.NavigateTo($"{EnvironmentList.Path}?{view.Query}", replace: true);
        return true;
    }

    private async Task ReadAsync(Action<IReadOnlyList<EnvironmentSummary>> show)
    {
        var mine = ++_reading;
        var page = await Desk.DashboardAsync(_list!.Filter, Lifetime);
        // An answer to an older question may come later.
        if (mine != _reading)
            return;
        _page = page;
        show(page.Page.Rows);
    }

    private void Find(string? text) => Navigation.NavigateTo(_list!.With(filter => filter with { Search = text }).Address, replace: true);

    private string In(EnvironmentGroup? group) => _list!.With(filter => filter with { Group = group }).Address;

    private string To(EnvironmentAttention attention) => _list!.With(filter => filter with { Attention = filter.Attention == attention ? null : attention }).Address;

    private string? Is(EnvironmentAttention attention) => _list!.Filter.Attention == attention ? "true" : null;

    private string? Is(EnvironmentGroup? group) => _list!.Filter.Group == group ? "true" : null;
}
