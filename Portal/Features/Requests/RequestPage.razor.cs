using System.Globalization;
using Microsoft.AspNetCore.Components;
using Portal.Components.Overlays;
using Portal.Components.Shared;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Requests;

public sealed partial class RequestPage(IRequestDesk desk, CurrentActor current, PageOverlays overlays) : LiveComponent
{
    private RequestDetail? _detail;
    private bool _loaded;
    private bool _mayDecide;
    private bool _mayAsk;
    private bool _busy;
    private Actor? _actor;
    private Refusal? _refusal;
    private string? _asked;

    [Parameter]
    public string Number { get; set; } = "";

    protected override async Task OnInitializedAsync()
    {
        _actor = await current.GetAsync();
        _mayAsk = _actor.May(Permission.RequestEnvironment);
        _mayDecide = desk.HasInbox(_actor);
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

    private async Task WithdrawAsync(RequestDetail detail)
    {
        var rest = detail.Request.Kind == RequestKind.Create ? "Nothing is built, and the name is free again." : $"{detail.Environment.Name} stays as it is.";
        if (!await overlays.AskAsync(new Question($"Withdraw request {detail.Request.Number}?", $"{rest} You can ask again at any time.", "Withdraw")))
            return;
        _busy = true;
        try
        {
            _refusal = (await desk.WithdrawAsync(detail.Request.Id, Lifetime)).Refusal;
            await LoadAsync();
        }
        finally
        {
            _busy = false;
        }
    }

    // A change that came to nothing is asked for again where it was asked for; a destruction is, too, and has no form.
    private static string? AgainUrl(RequestDetail detail) => detail.Request switch
    {
        { Kind: RequestKind.Create } => $"/requests/new?from={detail.Request.Number}",
        { Kind: RequestKind.Change, State: RequestState.Rejected or RequestState.Withdrawn or RequestState.Expired } => $"/environments/{detail.Environment.Name}/change?from={detail.Request.Number}",
        _ => null,
    };

    // A change that waits is compared with what there is; else one chooses.
    private static string CompareUrl(RequestDetail detail) => CompareDesk.Address(
        detail.Request is { Kind: RequestKind.Change, State: RequestState.Submitted } ? detail.Environment.Name : NumberOf(detail),
        detail.Request is { Kind: RequestKind.Change, State: RequestState.Submitted } ? NumberOf(detail) : null);

    private static string NumberOf(RequestDetail detail) => detail.Request.Number.ToString(CultureInfo.InvariantCulture);

    private string Sentence(RequestDetail detail)
    {
        var asked = $"{detail.Request.RequestedByName} asked {Times.Ago(detail.Request.SubmittedAt, Clock.Now)}";
        return (detail.Request.State, detail.Request.DecidedAt) switch
        {
            (RequestState.Approved, { } at) => $"{asked}; {detail.Request.DecidedByName} approved {Times.Ago(at, Clock.Now)}",
            (RequestState.Rejected, { } at) => $"{asked}; {detail.Request.DecidedByName} rejected {Times.Ago(at, Clock.Now)}",
            (RequestState.Withdrawn, { } at) => $"{asked}, and withdrew it {Times.Ago(at, Clock.Now)}",
            (RequestState.Expired, { } at) => $"{asked}, and nobody decided until it expired {Times.Ago(at, Clock.Now)}",
            _ when detail.Proposed is { } open => $"{asked}; {open.Proposal.Who} proposes something else, and {detail.Request.RequestedByName} has to answer",
            _ => $"{asked}{(detail.Progress.ChangedInWords is { } by ? $", and accepted what {by} proposed" : "")}; {detail.Progress.InWords}, or it expires {Times.Ahead(detail.Progress.ExpiresAt, Clock.Now)}",
        };
    }
}
