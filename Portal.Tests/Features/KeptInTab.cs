using System.Text;
using Microsoft.JSInterop;

namespace Portal.Tests.Features;

/// <summary>A text of the browser tab's storage, as the page gets it.</summary>
internal sealed class KeptInTab : IJSStreamReference
{
    private readonly byte[] _bytes;

    private KeptInTab(string text) => _bytes = Encoding.UTF8.GetBytes("=" + text);

    public static KeptInTab Of(string? text) => new(text ?? "");

    public long Length => _bytes.Length;

    public ValueTask<Stream> OpenReadStreamAsync(long maxAllowedSize = 512000, CancellationToken cancellationToken = default) => ValueTask.FromResult<Stream>(new MemoryStream(_bytes));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
