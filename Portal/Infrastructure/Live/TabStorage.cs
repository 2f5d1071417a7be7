using System.Text;
using Microsoft.JSInterop;
using Portal.Core.Drafts;
using Portal.Core.Security;

namespace Portal.Infrastructure.Live;

/// <summary>What is half typed, in the browser tab's own storage, apart for each person who signs in there.</summary>
internal sealed class TabStorage(IJSRuntime browser, Actor actor)
{
    /// <summary>Bytes; many times what anybody can type into all fields of a form.</summary>
    public const int MaxLength = DraftLimits.MaxLength;

    /// <returns>Null where nothing is kept; empty where it is longer than <see cref="MaxLength"/>.</returns>
    public async Task<string?> LoadAsync(string name, CancellationToken cancellationToken)
    {
        await using var kept = await browser.InvokeAsync<IJSStreamReference?>("portal.load", cancellationToken, Key(name));
        // The first byte says nothing.
        if (kept is null or { Length: <= 1 })
            return null;
        if (kept.Length > MaxLength)
            return "";
        await using var stream = await kept.OpenReadStreamAsync(MaxLength, cancellationToken);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return (await reader.ReadToEndAsync(cancellationToken))[1..];
    }

    /// <returns>False where the browser keeps nothing, and for what could not be read back (<see cref="MaxLength"/>): what was kept before stays.</returns>
    public async Task<bool> SaveAsync(string name, string text, CancellationToken cancellationToken)
    {
        if (IsTooLong(text))
            return false;
        try
        {
            return await browser.InvokeAsync<bool>("portal.save", cancellationToken, Key(name), text);
        }
        catch (Exception error) when (error is JSDisconnectedException or OperationCanceledException)
        {
            // The connection is gone; the browser still has what was saved a moment ago.
            return false;
        }
    }

    /// <summary>Whether it would be kept and never read again: the first byte says nothing.</summary>
    public static bool IsTooLong(string text) => Encoding.UTF8.GetByteCount(text) >= MaxLength;

    public async Task ClearAsync(string name, CancellationToken cancellationToken) => await browser.InvokeVoidAsync("portal.clear", cancellationToken, Key(name));

    private string Key(string name) => $"portal.{name}.{actor.Subject}";
}
