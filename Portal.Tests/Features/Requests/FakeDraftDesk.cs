using Portal.Core;
using Portal.Core.Drafts;
using Portal.Core.Environments;
using Portal.Features.Requests;

namespace Portal.Tests.Features.Requests;

/// <summary>One person's drafts, kept by the same rules as in the database.</summary>
internal sealed class FakeDraftDesk : IDraftDesk
{
    public static readonly DateTimeOffset Typed = new(2026, 11, 22, 9, 41, 0, TimeSpan.Zero);

    public Dictionary<Guid, StoredDraft> Kept { get; } = [];

    /// <summary>What every saving is answered with; null for what is right.</summary>
    public Refusal? Refusal { get; set; }

    /// <summary>The next saving is done, but its answer is lost.</summary>
    public Refusal? LoseAnswer { get; set; }

    public int Saved { get; private set; }

    /// <summary>Until it is done, savings are on their way.</summary>
    public Task OnTheWay { get; set; } = Task.CompletedTask;

    public Task<Page<DraftSummary>> ListAsync(int page, CancellationToken cancellationToken) => Task.FromResult(new Page<DraftSummary>(
        [.. Kept.Values.OrderBy(draft => draft.Id).Skip(page * DraftQueries.PageSize).Take(DraftQueries.PageSize).Select(draft => new DraftSummary(draft.Id, "shop", draft.ChangedAt))], Kept.Count, page));

    public Task<StoredDraft?> FindAsync(Guid id, CancellationToken cancellationToken) => Task.FromResult(Kept.GetValueOrDefault(id));

    public async Task<Outcome<KeptDraft>> SaveAsync(Guid id, int basis, string name, string document, CancellationToken cancellationToken)
    {
        Saved++;
        await OnTheWay;
        if (Refusal is not null)
            return Refusal;
        var there = Kept.GetValueOrDefault(id);
        if (there is null && basis > 0)
            return new DraftGone();
        if (there is not null && there.Document != document && there.Version != basis)
            return new DraftChanged(there.Version, there.ChangedAt);
        if (there?.Document != document)
            Kept[id] = there = new StoredDraft(id, basis + 1, document, Typed);
        var lost = LoseAnswer;
        LoseAnswer = null;
        if (lost is not null)
            return lost;
        return new KeptDraft(there!.Version, there.ChangedAt);
    }

    public Task<Outcome<Guid>> RemoveAsync(Guid id, CancellationToken cancellationToken)
    {
        Kept.Remove(id);
        return Task.FromResult<Outcome<Guid>>(id);
    }
}
