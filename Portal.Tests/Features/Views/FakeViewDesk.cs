using Portal.Core;
using Portal.Core.Views;
using Portal.Features.Views;

namespace Portal.Tests.Features.Views;

/// <summary>Views in memory, of whatever page.</summary>
internal sealed class FakeViewDesk : IViewDesk
{
    public List<SavedView> Kept { get; } = [];

    public Task<IReadOnlyList<SavedView>> ListAsync(ListedPage page, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<SavedView>>([.. Kept]);

    public Task<Outcome<SavedView>> SaveAsync(ListedPage page, string name, string query, CancellationToken cancellationToken)
    {
        if (Kept.Exists(view => view.Name == name))
            return Task.FromResult<Outcome<SavedView>>(new ViewNameTaken(name));
        var view = new SavedView(Guid.NewGuid(), name, query, IsDefault: false);
        Kept.Add(view);
        return Task.FromResult<Outcome<SavedView>>(view);
    }

    public Task<Outcome<string>> RenameAsync(Guid viewId, string name, CancellationToken cancellationToken)
    {
        Change(view => view.Id == viewId ? view with { Name = name } : view);
        return Task.FromResult<Outcome<string>>(name);
    }

    public Task ChooseDefaultAsync(ListedPage page, Guid? viewId, CancellationToken cancellationToken)
    {
        Change(view => view with { IsDefault = view.Id == viewId });
        return Task.CompletedTask;
    }

    public Task DeleteAsync(Guid viewId, CancellationToken cancellationToken)
    {
        Kept.RemoveAll(view => view.Id == viewId);
        return Task.CompletedTask;
    }

    private void Change(Func<SavedView, SavedView> change)
    {
        for (var index = 0; index < Kept.Count; index++)
            Kept[index] = change(Kept[index]);
    }
}
