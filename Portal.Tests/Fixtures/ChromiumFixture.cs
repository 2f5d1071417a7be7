using System.Diagnostics;
using Microsoft.Playwright;

namespace Portal.Tests.Fixtures;

/// <summary>Playwright's driver with the system's Chromium: its own browser download is not reachable everywhere.</summary>
public sealed class ChromiumFixture : IAsyncLifetime
{
    private const string Remedy = "Browser tests need Chromium: install it (Debian: apt-get install -y --no-install-recommends chromium) or name its path in CHROMIUM_PATH.";
    private static readonly string[] s_paths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    private static readonly SemaphoreSlim s_oneInstallation = new(1);

    private IPlaywright? _playwright;

    public IBrowser Browser { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var path = await FindOrInstallAsync();
        _playwright = await Playwright.CreateAsync();
        Browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = path,
            ChromiumSandbox = !Environment.IsPrivilegedProcess,
            Args =
            [
                "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--no-first-run", "--disable-quic",
            ],
        });
    }

    /// <summary>Closes what a test has left open, which would go on to draw and to look for its portal.</summary>
    public async Task CloseAsync()
    {
        foreach (var context in Browser.Contexts.ToList())
            await context.CloseAsync();
    }

    public async Task DisposeAsync()
    {
        if (Browser is not null)
            await Browser.DisposeAsync();

        _playwright?.Dispose();
    }

    private static async Task<string> FindOrInstallAsync()
    {
        await s_oneInstallation.WaitAsync();
        try
        {
            return Find() ?? await InstallAsync();
        }
        finally
        {
            s_oneInstallation.Release();
        }
    }

    private static string? Find() =>
        Environment.GetEnvironmentVariable("CHROMIUM_PATH") is { Length: > 0 } configured ? configured : Array.Find(s_paths, File.Exists);

    private static async Task<string> InstallAsync()
    {
        if (!Environment.IsPrivilegedProcess || !File.Exists("/usr/bin/apt-get"))
            throw new InvalidOperationException(Remedy);

        using var apt = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium"])
        {
            UseShellExecute = false,
            Environment = { ["DEBIAN_FRONTEND"] = "noninteractive" },
        })!;
        await apt.WaitForExitAsync();
        return Find() ?? throw new InvalidOperationException(Remedy);
    }
}
