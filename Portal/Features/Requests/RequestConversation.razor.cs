using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;
using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Infrastructure.Live;

namespace Portal.Features.Requests;

/// <summary>The conversation about one request. A page that shows another request makes another one (<c>@key</c>).</summary>
public sealed partial class RequestConversation(IConversationDesk desk, IJSRuntime browser, PersistentComponentState state) : LiveComponent
{
    private const string Memory = "talk";

    private TabStorage _storage = default!;
    private ElementReference _box;
    private Conversation? _talk;
    private Refusal? _refusal;
    private string _text = "";
    // Of what is typed: the same text, sent again because nobody answered, is there once.
    private Guid _id = Guid.NewGuid();
    private long _seen;
    private int _page;
    private bool _busy;
    private bool _asked;

    [Parameter, EditorRequired]
    public RequestDetail Detail { get; set; } = default!;

    [Parameter, EditorRequired]
    public Actor Actor { get; set; } = default!;

    private bool IsOpen => Detail.Request.State == RequestState.Submitted;

    private bool HasText => _text.Trim().Length > 0;

    private bool HasEarlier => _talk is { } talk && (talk.Page + 1) * ConversationDesk.PageSize < talk.Total;

    private bool MayAsk => Detail.Progress.MayAsk(Actor, Detail.StandIns, Detail.Request.RequestedById);

    private OpenQuestions? Open => IsOpen ? _talk?.Open : null;

    private bool Answers => Open is not null && Actor.Subject == Detail.Request.RequestedById;

    // What was typed for one request must not be taken for another's, not even by the browser.
    private string Id => $"talk-{Detail.Request.Number}";

    private string Label => Answers ? "Your answer" : MayAsk ? "Your question or comment" : "Your comment";

    private string Hint => MayAsk ? $"A question waits until {Detail.Request.RequestedByName} answers. The request can be decided all the same."
        : Answers ? "An answer is to all questions above."
        : "Everybody who may see the request reads it.";

    protected override void OnInitialized()
    {
        _storage = new TabStorage(browser, Actor);
        // A circuit may be resumed under another cookie than it was paused under.
        if (state.TryTakeFromJson<TalkMemory>(Memory, out var memory) && memory is not null && memory.Person == Actor.Subject && memory.Number == Detail.Request.Number)
            (_text, _id) = (memory.Text, memory.Id);
        Own(state.RegisterOnPersisting(Remember, RenderMode.InteractiveServer));
        Follow(desk.WatchChanges(), _ => LoadAsync());
    }

    // What the tab kept comes after what is typed, and never over it.
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_asked)
            return;
        _asked = true;
        if (await _storage.LoadAsync(Id, Lifetime) is { Length: > 0 } kept && _text.Length == 0)
        {
            _text = Cut(kept);
            StateHasChanged();
        }
    }

    private async Task LoadAsync()
    {
        var asked = _page;
        var talk = await desk.ReadAsync(Detail.Request.Id, asked, Lifetime);
        // An answer to an older question may come later.
        if (asked != _page)
            return;
        _talk = talk;
        _page = talk.Page;
        if (talk.Page == 0 && talk.Entries.Count > 0)
            _seen = talk.Entries[^1].Number;
    }

    private Task TurnAsync(int page)
    {
        _page = page;
        return LoadAsync();
    }

    private async Task TypedAsync(string text)
    {
        _text = Cut(text);
        _id = Guid.NewGuid();
        if (HasText)
            _refusal = null;
        await _storage.SaveAsync(Id, _text, Lifetime);
    }

    private async Task SayAsync(CommentKind kind)
    {
        if (_busy)
            return;
        _busy = true;
        try
        {
            var (text, id) = (_text, _id);
            _refusal = (await desk.SayAsync(new NewComment(id, Detail.Request.Id, kind, text, _seen), Lifetime)).Refusal;
            if (_refusal is null && _id == id)
            {
                _text = "";
                _id = Guid.NewGuid();
                await _storage.ClearAsync(Id, Lifetime);
            }

            _busy = false;
            // The reading may have to wait for the database; the reason must not.
            StateHasChanged();
            if (_refusal is null)
                _page = 0;
            await LoadAsync();
        }
        finally
        {
            _busy = false;
        }

        // The button may have gone with the question.
        if (IsOpen)
            await _box.FocusAsync();
    }

    private Task Remember()
    {
        if (HasText)
            state.PersistAsJson(Memory, new TalkMemory(Actor.Subject, Detail.Request.Number, _text, _id));
        return Task.CompletedTask;
    }

    private string Class(RequestComment entry) => $"entry arrives{(entry.Kind == CommentKind.Question ? " question" : "")}{(IsOpen && entry.IsOpen ? " open" : "")}";

    private static string Verb(CommentKind kind) => kind switch { CommentKind.Question => "asked", CommentKind.Answer => "answered", _ => "commented" };

    private static string Cut(string text) => text.Length > CommentText.MaxLength ? text[..CommentText.MaxLength] : text;

    private sealed record TalkMemory(string Person, long Number, string Text, Guid Id);
}
