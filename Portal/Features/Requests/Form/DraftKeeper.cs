using Portal.Core;
using Portal.Core.Drafts;
using Portal.Infrastructure.Live;

namespace Portal.Features.Requests.Form;

/// <summary>
/// Brings what is typed of a new request to the database, one version after the other, and knows of what was typed there elsewhere. What is
/// not there yet is said by the draft itself (<see cref="RequestDraft.Unsaved"/>), so that it is known wherever the draft is taken up again.
/// </summary>
internal sealed class DraftKeeper(IDraftDesk desk, RequestForm form)
{
    private Task _turn = Task.CompletedTask;
    // What this tab kept last, or began with, and what it sent and got no answer to: found in the database they are nobody else's.
    private string? _ours;
    private string? _sent;

    /// <summary>Why the draft is not in the database; null where it is, or is about to be.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>Whether the person has to say what is to become of it: until then nothing goes to the database.</summary>
    public bool IsTorn => Refusal is DraftChanged or DraftGone;

    /// <summary>Whether all that is typed is in the database.</summary>
    public bool IsSaved => form.Draft is { Version: > 0, Unsaved: false };

    /// <summary>What the form holds is what this tab typed, whether or not it has reached the database.</summary>
    public void Begin()
    {
        (_ours, _sent, Refusal) = (form.Draft.Content(), null, null);
    }

    /// <summary>Compares what the tab kept, which the form holds, with the database: what is newer there is taken over where nothing is lost by it.</summary>
    public async Task MeetAsync(CancellationToken cancellationToken)
    {
        Begin();
        var draft = form.Draft;
        if (await desk.FindAsync(draft.Id, cancellationToken) is not { } stored)
        {
            (draft.Unsaved, Refusal) = (true, draft.Version > 0 ? new DraftGone() : null);
        }
        else if (stored.Version != draft.Version)
        {
            if (!draft.Unsaved || stored.Document == _ours)
                Take(stored);
            else
                Refusal = new DraftChanged(stored.Version, stored.ChangedAt);
        }
    }

    /// <returns>Whether there is such a draft, which is then in the form.</returns>
    public async Task<bool> OpenAsync(Guid id, CancellationToken cancellationToken) =>
        await desk.FindAsync(id, cancellationToken) is { } stored && Take(stored);

    /// <summary>Keeps what is typed, unless it is there already.</summary>
    public Task SaveAsync(CancellationToken cancellationToken) => InTurnAsync(async () =>
    {
        if (IsTorn || !form.Draft.Unsaved)
            return;
        var (draft, content) = (form.Draft, form.Draft.Content());
        var outcome = await SendAsync(draft, content, cancellationToken);
        if (outcome.Refusal is DraftChanged changed && await IsOursAsync(draft, cancellationToken))
        {
            draft.Version = changed.Version;
            outcome = await SendAsync(draft, content, cancellationToken);
        }

        // Another draft may have taken its place meanwhile.
        if (draft != form.Draft)
            return;
        Refusal = outcome.Refusal;
        if (outcome.Value is not { } kept)
            return;
        (draft.Version, _ours, _sent) = (kept.Version, content, null);
        draft.Unsaved = draft.Content() != content;
    });

    /// <summary>Takes over what was typed elsewhere.</summary>
    /// <returns>Whether it is still there.</returns>
    public async Task<bool> TakeTheirsAsync(CancellationToken cancellationToken)
    {
        if (await OpenAsync(form.Draft.Id, cancellationToken))
            return true;
        Refusal = new DraftGone();
        return false;
    }

    /// <summary>What is typed here goes in the place of what was typed elsewhere.</summary>
    public Task KeepMineAsync(CancellationToken cancellationToken)
    {
        if (Refusal is not DraftChanged changed)
            return KeepBothAsync(cancellationToken);
        form.Draft.Version = changed.Version;
        return SaveAnewAsync(cancellationToken);
    }

    /// <summary>What is typed here goes on as a draft of its own.</summary>
    public Task KeepBothAsync(CancellationToken cancellationToken)
    {
        (form.Draft.Id, form.Draft.Version) = (Guid.NewGuid(), 0);
        return SaveAnewAsync(cancellationToken);
    }

    /// <summary>After what is on its way there.</summary>
    public Task RemoveAsync(Guid id, CancellationToken cancellationToken) => InTurnAsync(() => desk.RemoveAsync(id, cancellationToken));

    // Two savings at once would be told of each other.
    private Task InTurnAsync(Func<Task> act)
    {
        return _turn = AfterAsync(_turn);

        async Task AfterAsync(Task before)
        {
            await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            await act();
        }
    }

    private Task SaveAnewAsync(CancellationToken cancellationToken)
    {
        (form.Draft.Unsaved, Refusal) = (true, null);
        return SaveAsync(cancellationToken);
    }

    private async Task<Outcome<KeptDraft>> SendAsync(RequestDraft draft, string content, CancellationToken cancellationToken)
    {
        var outcome = await desk.SaveAsync(draft.Id, draft.Version, draft.Environment, content, cancellationToken);
        if (outcome.Refusal is DatabaseAway)
            _sent = content;
        return outcome;
    }

    private async Task<bool> IsOursAsync(RequestDraft draft, CancellationToken cancellationToken) =>
        await desk.FindAsync(draft.Id, cancellationToken) is { Document: var document } && (document == _ours || document == _sent);

    private bool Take(StoredDraft stored)
    {
        if (RequestDraft.FromJson(stored.Document) is not { } draft)
            return false;
        (draft.Id, draft.Version, draft.Unsaved) = (stored.Id, stored.Version, false);
        form.Restore(draft);
        Begin();
        return true;
    }
}
