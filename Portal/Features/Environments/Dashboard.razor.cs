using Microsoft.AspNetCore.Components;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Infrastructure.Live;

namespace Portal.Features.Environments;

public sealed partial class Dashboard : LiveComponent
{
    private static readonly TimeSpan TypingPause = TimeSpan.FromMilliseconds(250);

    private DashboardPage? _page;
    private DashboardFilter _filter = new();
    private int _reading;
    private CancellationTokenSource? _typing;

    [SupplyParameterFromQuery]
    private string? State { get; set; }

    [SupplyParameterFromQuery]
    private string? Search { get; set; }

    /// <summary>From 1, as people count.</summary>
    [SupplyParameterFromQuery]
    private int? Page { get; set; }

    private bool IsFiltered => _filter.State is not null || !string.IsNullOrEmpty(_filter.Search);

    private string? Sentence => _page?.Counts switch
    {
        null or { Total: 0 } => null,
        var counts => string.Join(", ", new[]
        {
            counts.Provisioning > 0 ? $"{counts.Provisioning} coming up" : null,
            counts.Failed > 0 ? $"{counts.Failed} failed" : null,
            counts.Requested > 0 ? $"{counts.Requested} waiting for approval" : null,
        }.OfType<string>()) is { Length: > 0 } text ? text : counts.Ready == counts.Total ? "all ready" : null,
    };

    // The first beat comes at once, so that this is the first reading as well.
    protected override void OnInitialized() => Follow(Desk.WatchChanges(), _ => ReadAsync());

    protected override async Task OnParametersSetAsync()
    {
        var filter = new DashboardFilter(
            Enum.TryParse<EnvironmentState>(State, ignoreCase: true, out var state) ? state : null, Search, Math.Max(0, (Page ?? 1) - 1));
        if (filter == _filter)
            return;
        _filter = filter;
        await ReadAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _typing?.Cancel();
        base.Dispose(disposing);
    }

    private async Task ReadAsync()
    {
        var mine = ++_reading;
        var page = await Desk.DashboardAsync(_filter, Lifetime);
        // An answer to an older question may come later.
        if (mine == _reading)
            _page = page;
    }

    private async Task SearchLater(ChangeEventArgs args)
    {
        _typing?.Cancel();
        using var typing = new CancellationTokenSource();
        _typing = typing;
        try
        {
            await Task.Delay(TypingPause, Time, typing.Token);
            Navigation.NavigateTo(Address(_filter.State, args.Value as string, 0), replace: true);
        }
        catch (OperationCanceledException)
        {
            // Another letter came.
        }
        finally
        {
            if (_typing == typing)
                _typing = null;
        }
    }

    private string? Is(EnvironmentState state) => _filter.State == state ? "true" : null;

    private string Address(EnvironmentState? state, string? search, int page) => Navigation.GetUriWithQueryParameters("/", new Dictionary<string, object?>
    {
        ["state"] = state?.ToString().ToLowerInvariant(),
        ["search"] = string.IsNullOrWhiteSpace(search) ? null : search.Trim(),
        ["page"] = page == 0 ? null : page + 1,
    });
}
