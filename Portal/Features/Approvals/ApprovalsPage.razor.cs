using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;
using Portal.Components.Overlays;
using Portal.Components.Shared;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Features.Requests;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Approvals;

/// <summary>The inbox. The request on the screen stays there while the queue beside it changes: nobody decides about what has just moved.</summary>
public sealed partial class ApprovalsPage(
    IApprovalDesk desk, CurrentActor current, NavigationManager navigation, IJSRuntime browser, PersistentComponentState state, PageOverlays overlays) : LiveComponent
{
    private const string Memory = "approvals";

    private readonly Dictionary<long, string> _comments = [];
    private readonly HashSet<long> _chosen = [];
    private QueryReader _query = new();
    private readonly HashSet<long> _askedFor = [];
    private TabStorage? _storage;
    private Actor? _actor;
    private Page<RequestSummary>? _queue;
    private RequestDetail? _detail;
    private Refusal? _refusal;
    private LastDecision? _last;
    private long? _selected;
    private int _pageNumber;
    private bool _loaded;
    private bool _busy;

    /// <summary>Of the request; null for the first of the queue.</summary>
    [Parameter]
    public string? Number { get; set; }

    /// <summary>From 1, as people count.</summary>
    [SupplyParameterFromQuery]
    public string? Page { get; set; }

    private bool IsMissing => _loaded && _selected is not null && _detail is null;

    private string Comment => _selected is { } number ? _comments.GetValueOrDefault(number, "") : "";

    /// <summary>Of what is listed, those that are to be decided together: what has left the list, or is not theirs to decide any more, is not.</summary>
    private List<long> Chosen => _queue is null ? [] : [.. _queue.Rows.Where(row => row.MayDecideTogether && _chosen.Contains(row.Number)).Select(row => row.Number)];

    private string? Sentence => _queue is null ? null : _queue.Total switch
    {
        0 => null,
        1 => "1 waits for a decision",
        var waiting => $"{waiting} wait for a decision, oldest first",
    };

    protected override async Task OnInitializedAsync()
    {
        _actor = await current.GetAsync();
        _storage = new TabStorage(browser, _actor);
        // A circuit may be resumed under another cookie than it was paused under.
        if (state.TryTakeFromJson<InboxMemory>(Memory, out var memory) && memory is { Selected: { } selected } && memory.Person == _actor.Subject)
        {
            _selected = selected;
            _comments[selected] = memory.Comment;
        }

        Own(state.RegisterOnPersisting(Remember, RenderMode.InteractiveServer));
        Follow(desk.WatchChanges(), _ => LoadAsync());
    }

    protected override async Task OnParametersSetAsync()
    {
        _query = new QueryReader();
        _pageNumber = _query.Page(Page);
        // What is no number is one that no request has.
        if (Number is not null && RequestNumber.Read(Number) is var number && number != _selected)
        {
            _refusal = null;
            _detail = null;
            _loaded = false;
            _selected = number;
        }

        await LoadAsync();
    }

    // What the tab kept comes after what is typed, and never over it.
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_storage is null || _detail is null || _selected is not { } number || !_askedFor.Add(number))
            return;
        if (await _storage.LoadAsync(NameOf(number), Lifetime) is { Length: > 0 } kept && _comments.TryAdd(number, Cut(kept)))
            StateHasChanged();
    }

    private async Task LoadAsync()
    {
        var queue = _queue = await desk.QueueAsync(_pageNumber, Lifetime);
        _selected ??= queue.Rows.Count > 0 ? queue.Rows[0].Number : null;
        if (_selected is not { } number)
            return;
        var detail = await desk.RequestAsync(number, Lifetime);
        if (_selected != number)
            return;
        // Another plan than the one on the screen is shown only when it is asked for: the hash passed on is that of what was read.
        if (_detail is null || detail is null || detail.Request.PlanHash == _detail.Request.PlanHash)
            _detail = detail;
        else
            _refusal = new PlanChanged();
        _loaded = true;
    }

    private async Task TypedAsync(string comment)
    {
        if (_refusal is CommentMissing or DatabaseAway && comment.Trim().Length > 0)
            _refusal = null;
        if (_selected is not { } number)
            return;
        _comments[number] = Cut(comment);
        await _storage!.SaveAsync(NameOf(number), comment, Lifetime);
    }

    private Task Remember()
    {
        if (_actor is not null && _selected is { } number)
            state.PersistAsJson(Memory, new InboxMemory(_actor.Subject, number, Comment));
        return Task.CompletedTask;
    }

    private static string NameOf(long number) => $"comment-{number}";

    private static string Cut(string comment) => comment.Length > CommentText.MaxLength ? comment[..CommentText.MaxLength] : comment;

    private async Task RereadAsync()
    {
        _detail = null;
        _refusal = null;
        await LoadAsync();
    }

    private async Task DecideAsync(Verdict verdict)
    {
        if (_busy || _detail is not { } detail)
            return;
        _busy = true;
        try
        {
            var outcome = await desk.DecideAsync(detail.Request.Id, verdict, detail.Request.PlanHash, Comment, Lifetime);
            if (outcome.IsRefused)
            {
                _refusal = outcome.Refusal;
                _busy = false;
                // The reading may have to wait for the database; the reason must not.
                StateHasChanged();
                await LoadAsync();
                return;
            }

            _last = new LastDecision(detail.Request.Number, detail.Request.Kind, detail.Environment.Name, verdict == Verdict.Approve, outcome.Value?.Waits);
            _comments.Remove(detail.Request.Number);
            await _storage!.ClearAsync(NameOf(detail.Request.Number), Lifetime);
            await GoOnAsync(detail.Request.Number);
        }
        finally
        {
            _busy = false;
        }
    }

    private void Choose((long Number, bool IsChosen) choice)
    {
        if (choice.IsChosen)
            _chosen.Add(choice.Number);
        else
            _chosen.Remove(choice.Number);
    }

    private async Task TogetherAsync()
    {
        // As they are now: what changes while the dialog is open is refused, because another plan is not what was read.
        var chosen = Chosen;
        await TogetherDialog.OpenAsync(overlays, [.. _queue!.Rows.Where(row => chosen.Contains(row.Number))]);
        _chosen.Clear();
        // Whatever was open may be among those that are decided.
        _detail = null;
        _refusal = null;
        if (Number is null)
            _selected = null;
        await LoadAsync();
    }

    private async Task GoOnAsync(long decided)
    {
        var rows = (await desk.QueueAsync(_pageNumber, Lifetime)).Rows;
        var next = rows.FirstOrDefault(row => row.Number > decided) ?? rows.FirstOrDefault(row => row.Number != decided);
        _selected = next?.Number;
        _detail = null;
        _refusal = null;
        _loaded = false;
        navigation.NavigateTo(next is null ? "/approvals" : PageAddress.Of($"/approvals/{next.Number}", PageAddress.Page(_pageNumber)), new NavigationOptions { ReplaceHistoryEntry = true });
        await LoadAsync();
    }

    private sealed record InboxMemory(string Person, long? Selected, string Comment);
}
