using System.Diagnostics;
using System.Security.Cryptography;

namespace Portal.Tests.Fixtures;

/// <summary>npm's oidc-provider, a certified OpenID Connect provider, as a process; its people sign in with their name alone.</summary>
internal sealed class OidcProvider : IAsyncDisposable
{
    public const string ClientSecret = "portal-secret-of-the-tests";

    private static readonly string s_folder = Path.Combine(ProgramUnderTest.RepositoryRoot, "Portal.Tests", "Fixtures", "OidcProvider");
    private static readonly Lazy<Task> s_installed = new(InstallAsync);

    private readonly Process _process;
    private readonly HttpClient _client;

    private OidcProvider(Process process, Uri issuer)
    {
        _process = process;
        Issuer = issuer;
        _client = new HttpClient { BaseAddress = issuer };
    }

    public Uri Issuer { get; }

    /// <param name="portal">Where it sends people back to.</param>
    public static async Task<OidcProvider> StartAsync(Uri portal)
    {
        await s_installed.Value;
        var port = ProgramUnderTest.FreePort();
        var process = Process.Start(new ProcessStartInfo("node", ["provider.mjs"])
        {
            WorkingDirectory = s_folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment = { ["PORT"] = port.ToString(System.Globalization.CultureInfo.InvariantCulture), ["PORTAL"] = portal.GetLeftPart(UriPartial.Authority) },
        })!;
        while (await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System) is { } line)
        {
            if (line.Contains("provider is ready", StringComparison.Ordinal))
                return new OidcProvider(process, new Uri($"http://127.0.0.1:{port}"));
        }

        throw new InvalidOperationException("The provider ended before it was ready.");
    }

    /// <summary>How a portal is told of it, with a group for each role.</summary>
    public (string Key, string Value)[] Settings() =>
    [
        ("Portal__SignIn__Method", "OpenIdConnect"),
        ("Portal__SignIn__OpenIdConnect__Authority", Issuer.GetLeftPart(UriPartial.Authority)),
        ("Portal__SignIn__OpenIdConnect__ClientId", "portal"),
        ("Portal__SignIn__OpenIdConnect__ClientSecret", ClientSecret),
        ("Portal__SignIn__OpenIdConnect__OfflineAccess", "true"),
        ("Portal__SignIn__Roles__Viewer__0", "viewers"),
        ("Portal__SignIn__Roles__Engineer__0", "engineers"),
        ("Portal__SignIn__Roles__Ops__0", "operators"),
        ("Portal__SignIn__Roles__Admin__0", "admins"),
        ("Portal__SignIn__Sessions__Check", "00:00:01"),
    ];

    public async Task RemoveAsync(string account) => (await _client.GetAsync($"/_test/remove?account={account}")).EnsureSuccessStatusCode();

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>Once for each content of the lock file, as the tools are.</summary>
    private static async Task InstallAsync()
    {
        var hash = Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(s_folder, "package-lock.json"))));
        var stamp = Path.Combine(s_folder, "node_modules", ".restored-" + hash);
        if (File.Exists(stamp))
            return;
        using var npm = Process.Start(new ProcessStartInfo("npm", ["ci", "--no-progress", "--loglevel=error"]) { WorkingDirectory = s_folder, UseShellExecute = false })!;
        await npm.WaitForExitAsync();
        npm.ExitCode.ShouldBe(0, "npm ci failed in " + s_folder);
        await File.WriteAllTextAsync(stamp, "");
    }
}
