using Portal.Core;
using Portal.Core.Drafts;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Features.Requests.Form;

namespace Portal.Features.Api;

/// <summary>What programs ask of drafts: the pages' own use cases and queries. A specification goes into the form's words and comes out of them.</summary>
public sealed class DraftsApi(DraftQueries drafts, SaveDraft save, RemoveDraft remove)
{
    /// <param name="page">From 0.</param>
    public async Task<Piece<DraftLine>> ListAsync(Actor actor, int page, int limit, CancellationToken cancellationToken)
    {
        var read = await drafts.ListAsync(actor, page, limit, cancellationToken);
        return QueryValues.PieceOf(page > read.Number ? [] : read.Rows.Select(one => new DraftLine(one.Id, one.Name, one.ChangedAt)).ToList(), read.Number, limit, read.Total);
    }

    public async Task<Outcome<DraftAnswer>> FindAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        if (await drafts.FindAsync(actor, id, cancellationToken) is not { } stored || RequestDraft.FromJson(stored.Document) is not { } draft)
            return new NotFound("You have no such draft.");
        var read = DraftReader.Read(draft);
        return new DraftAnswer(stored.Id, stored.Version, stored.ChangedAt, draft.Team, draft.GoldenPath, SpecificationYaml.Write(read.Specification), read.NotNumbers);
    }

    /// <param name="basis">The version that was written upon; 0 for a draft that is not there yet.</param>
    public async Task<Outcome<DraftKept>> SaveAsync(Actor actor, Guid id, int basis, DraftBody wanted, CancellationToken cancellationToken)
    {
        var read = SpecificationYaml.Read(wanted.Specification);
        if (read.Refusal is { } unreadable)
            return unreadable;
        var draft = DraftWriter.Write(read.Value!);
        (draft.Id, draft.Team, draft.GoldenPath) = (id, wanted.Team, wanted.GoldenPath);
        var outcome = await save.ExecuteAsync(actor, id, basis, draft.Environment, draft.Content(), cancellationToken);
        return outcome.Refusal is { } refusal ? refusal : new DraftKept(outcome.Value!.Version, outcome.Value.At);
    }

    public Task<Outcome<Guid>> RemoveAsync(Actor actor, Guid id, CancellationToken cancellationToken) => remove.ExecuteAsync(actor, id, cancellationToken);
}
