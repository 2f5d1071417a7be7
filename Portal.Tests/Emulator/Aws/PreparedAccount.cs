using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Portal.Benchmarks;
using Portal.Emulator;
using Portal.Tests.Templates;

namespace Portal.Tests.Emulator.Aws;

/// <summary>An emulator as it runs, on a fast clock, in whose account target.yaml has been deployed.</summary>
internal sealed class PreparedAccount : IAsyncDisposable
{
    public const string ExternalId = "sandbox-7f3a";

    private readonly TestFolder _folder = new();
    private readonly WebApplication _app;

    private PreparedAccount(double scale)
    {
        _app = EmulatorApp.Build(["--urls", "http://127.0.0.1:0"], configuration => configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Emulator:KubernetesUrl"] = "https://127.0.0.1:0",
            ["Emulator:DataFolder"] = _folder.Data,
            ["Emulator:ClockScale"] = $"{scale}",
            ["Templates:Path"] = _folder.Templates,
        }));
    }

    public string Url { get; private set; } = "";

    /// <summary>Whoever else works in the account.</summary>
    public Account Account { get; private set; } = null!;

    public Dictionary<string, string> Outputs { get; private set; } = [];

    public static async Task<PreparedAccount> StartAsync(double scale = 10_000)
    {
        var prepared = new PreparedAccount(scale);
        await EmulatorApp.StartAsync(prepared._app);
        prepared.Url = prepared._app.Urls.First(url => url.StartsWith("http://", StringComparison.Ordinal));
        prepared.Account = new Account(new Uri(prepared.Url));
        await prepared.Account.CreateAsync("portal-target", StackTemplate.Named("target.yaml").Body, new() { ["WorkerPrincipalArn"] = "arn:aws:iam::111122223333:role/portal-worker", ["ExternalId"] = ExternalId });
        prepared.Outputs = await prepared.Account.OutputsAsync("portal-target");
        return prepared;
    }

    public T Service<T>() where T : notnull => (T)_app.Services.GetService(typeof(T))!;

    public async ValueTask DisposeAsync()
    {
        Account.Dispose();
        await _app.DisposeAsync();
        _folder.Dispose();
    }
}
