using Portal.Core;
using Portal.Core.Drafts;
using Portal.Core.Environments;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Requests;

/// <summary>The drafts that the signed-in person has in the database; part of the desk of the request pages.</summary>
public interface IDraftDesk
{
    /// <param name="page">From 0.</param>
    Task<Page<DraftSummary>> ListAsync(int page, CancellationToken cancellationToken);

    /// <returns>Null where there is none.</returns>
    Task<StoredDraft?> FindAsync(Guid id, CancellationToken cancellationToken);

    /// <param name="basis">The version that was typed upon; 0 for one that was never kept.</param>
    /// <param name="name">What the environment is to be called.</param>
    Task<Outcome<KeptDraft>> SaveAsync(Guid id, int basis, string name, string document, CancellationToken cancellationToken);

    Task<Outcome<Guid>> RemoveAsync(Guid id, CancellationToken cancellationToken);
}

/// <inheritdoc cref="IDraftDesk"/>
public sealed class DraftDesk(DraftQueries drafts, SaveDraft save, RemoveDraft remove, CurrentActor current, DatabaseReach database) : IDraftDesk
{
    public Task<Page<DraftSummary>> ListAsync(int page, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await drafts.ListAsync(await current.GetAsync(), page, DraftQueries.PageSize, token), cancellationToken);

    public Task<StoredDraft?> FindAsync(Guid id, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await drafts.FindAsync(await current.GetAsync(), id, token), cancellationToken);

    public Task<Outcome<KeptDraft>> SaveAsync(Guid id, int basis, string name, string document, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => save.ExecuteAsync(actor, id, basis, name, document, cancellationToken), cancellationToken));

    public Task<Outcome<Guid>> RemoveAsync(Guid id, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => remove.ExecuteAsync(actor, id, cancellationToken), cancellationToken));
}
