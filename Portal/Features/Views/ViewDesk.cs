using Portal.Core;
using Portal.Core.Views;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Views;

/// <summary>The views that the signed-in person has kept of each page; part of the desk of the page's feature.</summary>
public interface IViewDesk
{
    /// <summary>By name.</summary>
    Task<IReadOnlyList<SavedView>> ListAsync(ListedPage page, CancellationToken cancellationToken);

    /// <param name="query">What stands behind the question mark, without it.</param>
    Task<Outcome<SavedView>> SaveAsync(ListedPage page, string name, string query, CancellationToken cancellationToken);

    Task<Outcome<string>> RenameAsync(Guid viewId, string name, CancellationToken cancellationToken);

    /// <param name="viewId">Null for none.</param>
    Task ChooseDefaultAsync(ListedPage page, Guid? viewId, CancellationToken cancellationToken);

    Task DeleteAsync(Guid viewId, CancellationToken cancellationToken);
}

/// <inheritdoc cref="IViewDesk"/>
public sealed class ViewDesk(ViewQueries views, SaveView save, RenameView rename, ChooseDefaultView choose, DeleteView delete, CurrentActor current, DatabaseReach database)
    : IViewDesk
{
    public Task<IReadOnlyList<SavedView>> ListAsync(ListedPage page, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await views.ListAsync(await current.GetAsync(), page, token), cancellationToken);

    public Task<Outcome<SavedView>> SaveAsync(ListedPage page, string name, string query, CancellationToken cancellationToken) => database.WriteAsync(
        async () => await save.ExecuteAsync(await current.GetAsync(), page, name, query, cancellationToken));

    public Task<Outcome<string>> RenameAsync(Guid viewId, string name, CancellationToken cancellationToken) => database.WriteAsync(
        async () => await rename.ExecuteAsync(await current.GetAsync(), viewId, name, cancellationToken));

    public async Task ChooseDefaultAsync(ListedPage page, Guid? viewId, CancellationToken cancellationToken) =>
        await choose.ExecuteAsync(await current.GetAsync(), page, viewId, cancellationToken);

    public async Task DeleteAsync(Guid viewId, CancellationToken cancellationToken) =>
        await delete.ExecuteAsync(await current.GetAsync(), viewId, cancellationToken);
}
