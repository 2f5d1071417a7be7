using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;

namespace Portal.Benchmarks;

/// <summary>Lighthouse from npm (lighthouse/package-lock.json), in a browser that is signed in.</summary>
internal static class Lighthouse
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "Portal.Tests", "Benchmarks", "lighthouse");

    public static async Task MeasureAsync(string build, Visitor visitor, IReadOnlyList<MeasuredPage> pages)
    {
        if (!Directory.Exists(Path.Combine(s_folder, "node_modules")))
            await RunAsync("npm", ["ci", "--no-progress", "--loglevel=error"]);
        var port = Repository.FreePort();
        var profile = Directory.CreateTempSubdirectory("portal-lighthouse-");
        using var playwright = await Playwright.CreateAsync();
        await using (var context = await playwright.Chromium.LaunchPersistentContextAsync(profile.FullName, new BrowserTypeLaunchPersistentContextOptions
        {
            ExecutablePath = PagesBenchmark.Chromium,
            ChromiumSandbox = !Environment.IsPrivilegedProcess,
            Args = ["--disable-gpu", "--no-first-run", string.Create(CultureInfo.InvariantCulture, $"--remote-debugging-port={port}")],
        }))
        {
            foreach (var page in pages)
            {
                // The page to sign in at sends a person who has done so on.
                await context.ClearCookiesAsync();
                if (page.Sign.Length > 0)
                    await context.AddCookiesAsync((await visitor.CookiesAsync()).Select(cookie => new Cookie { Name = cookie.Name, Value = cookie.Value, Url = visitor.Url("/") }));
                foreach (var device in new[] { "desktop", "mobile" })
                    await ScoreAsync($"{build}.{page.Name}.lighthouse.{device}", visitor.Url(page.Path), device, port);
            }
        }

        profile.Delete(recursive: true);
    }

    private static async Task ScoreAsync(string name, string url, string device, int port)
    {
        var report = JsonDocument.Parse(await AuditAsync(
        [
            "node_modules/lighthouse/cli/index.js", url, "--output=json", "--quiet", "--disable-storage-reset", string.Create(CultureInfo.InvariantCulture, $"--port={port}"),
            "--only-categories=performance,accessibility,best-practices", .. device == "desktop" ? (string[])["--preset=desktop"] : [],
        ])).RootElement;
        foreach (var category in report.GetProperty("categories").EnumerateObject())
            Figures.Print($"{name}.{category.Name}", category.Value.GetProperty("score").GetDouble() * 100, "points");
        foreach (var audit in report.GetProperty("audits").EnumerateObject().Where(audit => audit.Value.GetProperty("score") is { ValueKind: JsonValueKind.Number } score && score.GetDouble() < 0.9))
            await Console.Error.WriteLineAsync($"  {name}: {audit.Name} {audit.Value.GetProperty("score")}");
    }

    /// <summary>A trace without its beginning (NO_NAVSTART) is the browser's mishap on a busy machine: asked again, not given up.</summary>
    private static async Task<string> AuditAsync(IReadOnlyList<string> arguments)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await RunAsync("node", arguments);
            }
            catch (InvalidOperationException error) when (attempt < 3 && error.Message.Contains("NO_NAVSTART", StringComparison.Ordinal))
            {
                await Console.Error.WriteLineAsync($"  asked again: {arguments[1]}");
            }
        }
    }

    private static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = s_folder, UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {output}");
    }
}
