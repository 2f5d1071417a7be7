using Microsoft.AspNetCore.Components;
using Portal.Components.Overlays;
using Portal.Components.Shared;
using Portal.Core;
using Portal.Core.Drafts;
using Portal.Core.Environments;
using Portal.Core.Security;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Requests;

/// <summary>What the signed-in person has typed and not submitted.</summary>
public sealed partial class DraftsPage(IRequestDesk desk, CurrentActor current, PageOverlays overlays) : LiveComponent
{
    public const string Path = "/requests/drafts";

    private QueryReader _query = new();
    private Page<DraftSummary>? _drafts;
    private Refusal? _refusal;
    private bool _mayAsk;

    /// <summary>From 1, as people count.</summary>
    [SupplyParameterFromQuery]
    public string? Page { get; set; }

    private string? Sentence => _drafts is { Total: > 0 and var total } ? $"{Words.Count(total, "draft")} that nobody else sees" : null;

    protected override async Task OnInitializedAsync() => _mayAsk = (await current.GetAsync()).May(Permission.RequestEnvironment);

    protected override Task OnParametersSetAsync()
    {
        _query = new QueryReader();
        return ReadAsync(_query.Page(Page));
    }

    private async Task ReadAsync(int page) => _drafts = await desk.Drafts.ListAsync(page, Lifetime);

    private async Task ThrowAwayAsync(DraftSummary draft)
    {
        if (!await overlays.AskAsync(new Question("Throw this draft away?", $"What you typed for {NameOf(draft)} is gone for good. A browser tab in which it is open still has it.", "Throw it away")))
            return;
        _refusal = (await desk.Drafts.RemoveAsync(draft.Id, Lifetime)).Refusal;
        await ReadAsync(_drafts?.Number ?? 0);
    }

    private static string NameOf(DraftSummary draft) => draft.Name.Length == 0 ? "an environment without a name" : draft.Name;

    private static string AddressOf(int page) => PageAddress.Of(Path, PageAddress.Page(page));
}
