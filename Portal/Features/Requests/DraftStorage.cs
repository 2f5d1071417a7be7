using Microsoft.JSInterop;
using Portal.Core.Security;

namespace Portal.Features.Requests;

/// <summary>The draft in the browser tab's own storage, apart for each person who signs in there.</summary>
internal sealed class DraftStorage(IJSObjectReference module, string key) : IAsyncDisposable
{
    public const string ModulePath = "./Features/Requests/RequestWizard.razor.js";

    public static async Task<DraftStorage> OpenAsync(IJSRuntime browser, Actor actor, CancellationToken cancellationToken) =>
        new(await browser.InvokeAsync<IJSObjectReference>("import", cancellationToken, ModulePath), $"portal.request-draft.{actor.Subject}");

    public async Task<string?> LoadAsync(CancellationToken cancellationToken) => await module.InvokeAsync<string?>("load", cancellationToken, key);

    /// <returns>False where the browser keeps nothing.</returns>
    public async Task<bool> SaveAsync(string draft, CancellationToken cancellationToken)
    {
        try
        {
            return await module.InvokeAsync<bool>("save", cancellationToken, key, draft);
        }
        catch (JSDisconnectedException)
        {
            // The connection is gone; the browser still has what was saved a moment ago.
            return false;
        }
    }

    public async Task ClearAsync(CancellationToken cancellationToken) => await module.InvokeVoidAsync("clear", cancellationToken, key);

    public async Task FocusAsync(string id, CancellationToken cancellationToken) => await module.InvokeVoidAsync("focus", cancellationToken, id);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await module.DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // The circuit went first and took the module with it.
        }
    }
}
