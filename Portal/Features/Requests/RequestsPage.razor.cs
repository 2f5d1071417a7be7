using Microsoft.AspNetCore.Components;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Requests;

public sealed partial class RequestsPage(IRequestDesk desk, CurrentActor current) : LiveComponent
{
    private Page<RequestSummary>? _page;
    private RequestState? _filter;
    private int _number;
    private bool _mayAsk;

    [SupplyParameterFromQuery]
    public string? State { get; set; }

    /// <summary>From 1, as people count.</summary>
    [SupplyParameterFromQuery]
    public int? Page { get; set; }

    private string? Sentence => _page is null ? null
        : _filter is null ? $"{Words.Count(_page.Total, "request")} so far"
        : $"{Words.Count(_page.Total, "request")} {_filter.Value switch { RequestState.Submitted => "waiting for approval", var state => state.ToString().ToLowerInvariant() }}";

    protected override async Task OnInitializedAsync()
    {
        _mayAsk = (await current.GetAsync()).May(Permission.RequestEnvironment);
        Follow(desk.WatchChanges(), _ => LoadAsync());
    }

    protected override Task OnParametersSetAsync()
    {
        _filter = Enum.TryParse<RequestState>(State, ignoreCase: true, out var state) && Enum.IsDefined(state) ? state : null;
        _number = Math.Max(0, (Page ?? 1) - 1);
        return LoadAsync();
    }

    private async Task LoadAsync() => _page = await desk.ListAsync(_filter, _number, Lifetime);

    private static string Url(RequestState? state, int number)
    {
        var parts = new List<string>();
        if (state is not null)
            parts.Add($"state={state.Value.ToString().ToLowerInvariant()}");
        if (number > 0)
            parts.Add($"page={number + 1}");
        return parts.Count == 0 ? "/requests" : $"/requests?{string.Join('&', parts)}";
    }
}
