using System.Text.Json;
using Microsoft.Playwright;

namespace Portal.Benchmarks;

/// <summary>A file as it came over the wire.</summary>
/// <param name="Bytes">Head and body, compressed.</param>
internal sealed record Transfer(string Url, double Bytes, string? Encoding, string? CacheControl, bool IsDocument)
{
    public bool IsCompressed => Encoding is "br" or "gzip" or "zstd";

    public bool IsImmutable => CacheControl?.Contains("immutable", StringComparison.Ordinal) == true;
}

/// <summary>One page in a browser that has seen nothing yet.</summary>
/// <param name="FirstContent">Milliseconds until the first text or picture was painted.</param>
/// <param name="Interactive">Milliseconds until the circuit's first full render stood in the page.</param>
internal sealed record ColdLoad(IReadOnlyList<Transfer> Files, double FirstContent, double Interactive)
{
    /// <summary>Answers to what comes before the first look at the page.</summary>
    private const string Watch = """
        (() => {
          const look = () => {
            if (window.portalInteractive === undefined && document.querySelector(SIGN)) window.portalInteractive = performance.now();
          };
          new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
        })();
        """;

    public static async Task<ColdLoad> OfAsync(Visitor visitor, MeasuredPage measured)
    {
        await using var context = await visitor.NewContextAsync();
        var page = await context.NewPageAsync();
        var session = await context.NewCDPSessionAsync(page);
        var (heads, files) = (new Dictionary<string, Transfer>(StringComparer.Ordinal), new List<Transfer>());
        session.Event("Network.responseReceived").OnEvent += (_, message) => Received(message!.Value, heads);
        session.Event("Network.loadingFinished").OnEvent += (_, message) =>
        {
            if (heads.TryGetValue(message!.Value.GetProperty("requestId").GetString()!, out var head))
                files.Add(head with { Bytes = message.Value.GetProperty("encodedDataLength").GetDouble() });
        };
        await session.SendAsync("Network.enable");
        await page.AddInitScriptAsync(Watch.Replace("SIGN", JsonSerializer.Serialize(measured.Sign), StringComparison.Ordinal));

        await page.GotoAsync(visitor.Url(measured.Path));
        await page.Locator(measured.Sign).First.WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000, State = WaitForSelectorState.Attached });
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        var painted = await page.EvaluateAsync<double>("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1");
        return new ColdLoad(files, painted, await page.EvaluateAsync<double>("window.portalInteractive"));
    }

    private static void Received(JsonElement message, Dictionary<string, Transfer> heads)
    {
        var response = message.GetProperty("response");
        var url = response.GetProperty("url").GetString()!;
        if (!url.StartsWith("http", StringComparison.Ordinal))
            return;
        var fields = response.GetProperty("headers").EnumerateObject().ToDictionary(field => field.Name, field => field.Value.GetString(), StringComparer.OrdinalIgnoreCase);
        heads[message.GetProperty("requestId").GetString()!] = new Transfer(
            url, 0, fields.GetValueOrDefault("Content-Encoding"), fields.GetValueOrDefault("Cache-Control"), message.GetProperty("type").GetString() == "Document");
    }
}
