using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace Portal.Components.Overlays;

/// <summary>One of MudBlazor's providers: what opens over the page is drawn by it.</summary>
public enum Overlay
{
    /// <summary>Menus, selects, autocompletes, pickers, tooltips.</summary>
    Popovers,
    Dialogs,
    Snackbars,
}

/// <summary>
/// The circuit's providers, in the page only while something needs them: a page that is only watched holds none.
/// <see cref="OverlayHost"/> renders them.
/// </summary>
public sealed class PageOverlays : IDisposable
{
    private static readonly DialogOptions s_dialog = new()
    {
        CloseOnEscapeKey = true,
        DefaultFocus = DefaultFocus.FirstChild,
        MaxWidth = MaxWidth.Small,
        FullWidth = true,
    };

    private readonly IDialogService _dialogs;
    private readonly ISnackbar _snackbar;
    private readonly Dictionary<Overlay, int> _users = [];
    private readonly List<TaskCompletionSource> _waiting = [];
    private IDisposable? _snackbars;

    public PageOverlays(IDialogService dialogs, ISnackbar snackbar)
    {
        (_dialogs, _snackbar) = (dialogs, snackbar);
        _snackbar.OnSnackbarsUpdated += ReleaseSnackbars;
    }

    /// <summary>The host's: another provider is needed, or one is not any more.</summary>
    internal Action? Changed { get; set; }

    public bool IsNeeded(Overlay overlay) => _users.GetValueOrDefault(overlay) > 0;

    /// <summary>Keeps the provider in the page until the result is disposed of.</summary>
    public IDisposable Need(Overlay overlay) => new Use(this, overlay);

    /// <summary>Says what has been done, in a snackbar that goes by itself.</summary>
    public void Done(string sentence)
    {
        _snackbars ??= Need(Overlay.Snackbars);
        _snackbar.Add(sentence, MudBlazor.Severity.Success);
    }

    /// <summary>Asks once before something that cannot be taken back.</summary>
    /// <returns>False where the person thinks better of it.</returns>
    public async Task<bool> AskAsync(Question question)
    {
        var answer = await OpenAsync<QuestionDialog>(question.Title, new DialogParameters<QuestionDialog> { { dialog => dialog.Question, question } });
        return !answer.Canceled;
    }

    /// <summary>Opens a dialog and waits for what comes of it.</summary>
    /// <exception cref="InvalidOperationException">No <see cref="OverlayHost"/> is in the page.</exception>
    public async Task<DialogResult> OpenAsync<TDialog>(string title, DialogParameters parameters)
        where TDialog : IComponent
    {
        using var dialogs = Need(Overlay.Dialogs);
        await RenderedAsync();
        var dialog = await _dialogs.ShowAsync<TDialog>(title, parameters, s_dialog);
        return await dialog.Result ?? DialogResult.Cancel();
    }

    public void Dispose()
    {
        _snackbar.OnSnackbarsUpdated -= ReleaseSnackbars;
        Rendered();
    }

    internal void Rendered()
    {
        var waiting = _waiting.ToArray();
        _waiting.Clear();
        foreach (var one in waiting)
            one.TrySetResult();
    }

    // A dialog that is shown before its provider stands in the page would never be seen.
    private Task RenderedAsync()
    {
        if (Changed is not { } changed)
            throw new InvalidOperationException("There is no OverlayHost in this page: MainLayout has one.");
        var rendered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add(rendered);
        changed();
        return rendered.Task;
    }

    private void ReleaseSnackbars()
    {
        if (_snackbar.ShownSnackbars.Any())
            return;
        _snackbars?.Dispose();
        _snackbars = null;
    }

    private sealed class Use : IDisposable
    {
        private readonly PageOverlays _overlays;
        private readonly Overlay _overlay;
        private bool _released;

        public Use(PageOverlays overlays, Overlay overlay)
        {
            (_overlays, _overlay) = (overlays, overlay);
            Add(1);
        }

        public void Dispose()
        {
            if (_released)
                return;
            _released = true;
            Add(-1);
        }

        private void Add(int change)
        {
            var users = _overlays._users.GetValueOrDefault(_overlay);
            _overlays._users[_overlay] = users + change;
            if (users == 0 || users + change == 0)
                _overlays.Changed?.Invoke();
        }
    }
}
