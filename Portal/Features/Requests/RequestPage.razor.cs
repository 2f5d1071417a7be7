using Microsoft.AspNetCore.Components;
using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Requests;

public sealed partial class RequestPage(IRequestDesk desk, CurrentActor current) : LiveComponent
{
    private RequestDetail? _detail;
    private bool _loaded;
    private bool _mayDecide;
    private string? _asked;

    [Parameter]
    public string Number { get; set; } = "";

    protected override async Task OnInitializedAsync()
    {
        _mayDecide = (await current.GetAsync()).May(Permission.DecideRequest);
        Follow(desk.WatchChanges(), _ => LoadAsync());
    }

    protected override async Task OnParametersSetAsync()
    {
        if (_asked == Number)
            return;
        _asked = Number;
        await LoadAsync();
    }

    private async Task LoadAsync()
    {
        _detail = await desk.RequestAsync(RequestNumber.Read(Number), Lifetime);
        _loaded = true;
    }

    private string Sentence(RequestDetail detail)
    {
        var asked = $"{detail.Request.RequestedByName} asked {Text.Ago(detail.Request.SubmittedAt, Clock.Now)}";
        return (detail.Request.State, detail.Request.DecidedAt) switch
        {
            (RequestState.Approved, { } at) => $"{asked}; {detail.Request.DecidedByName} approved {Text.Ago(at, Clock.Now)}",
            (RequestState.Rejected, { } at) => $"{asked}; {detail.Request.DecidedByName} rejected {Text.Ago(at, Clock.Now)}",
            _ => $"{asked}; waits for ops",
        };
    }
}
