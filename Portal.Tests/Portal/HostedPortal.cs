using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Portal.Infrastructure.Hosting;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;

namespace Portal.Tests;

/// <summary>A portal as its program hosts it, on a port of its own, in the process of the tests.</summary>
internal sealed class HostedPortal : IAsyncDisposable
{
    // Hangfire keeps the storage that was configured last in a static field, from which the services take theirs while the portal is built.
    private static readonly SemaphoreSlim s_oneIsBuilt = new(1);

    private readonly WebApplication _app;
    private readonly RecordedLog _log;

    private HostedPortal(WebApplication app, RecordedLog log) => (_app, _log) = (app, log);

    /// <summary>What it said last.</summary>
    public string Output => string.Join('\n', _log.Said);

    /// <param name="settings">As a process would have them in its environment.</param>
    public static async Task<HostedPortal> StartAsync(IReadOnlyDictionary<string, string> settings)
    {
        var log = new RecordedLog();
        var app = await BuildAsync(settings, log);
        try
        {
            await app.PrepareDatabaseAsync();
            await app.StartAsync();
            await LiveAsync(app.Services.GetRequiredService<LiveConnection>());
            return new HostedPortal(app, log);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Nobody waits for those who still have a page open, as nobody does for those of a process that is killed.
        using var impatient = new CancellationTokenSource();
        await impatient.CancelAsync();
        await _app.StopAsync(impatient.Token);
        await _app.DisposeAsync();
    }

    private static async Task<WebApplication> BuildAsync(IReadOnlyDictionary<string, string> settings, RecordedLog log)
    {
        const string host = "ASPNETCORE_";
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(PortalApp).Assembly.GetName().Name,
            ContentRootPath = Path.Combine(ProgramUnderTest.RepositoryRoot, "Portal"),
            EnvironmentName = settings[host + "ENVIRONMENT"],
            Args = [.. settings.Select(setting => $"--{setting.Key.Replace(host, "", StringComparison.Ordinal).Replace("__", ":", StringComparison.Ordinal)}={setting.Value}")],
        });
        // Hangfire keeps the factory that was there last too, and has all portals log by it, also when that one's portal is gone.
        builder.Services.AddSingleton<ILoggerFactory>(services => new LastingLogs(log, services.GetRequiredService<IOptionsMonitor<LoggerFilterOptions>>()));
        await s_oneIsBuilt.WaitAsync();
        try
        {
            return PortalApp.Build(builder);
        }
        finally
        {
            s_oneIsBuilt.Release();
        }
    }

    // Who knows the address goes there at once: pages have to hear of changes by then.
    private static async Task LiveAsync(LiveConnection live)
    {
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listening = live.OnChange(Look);
        Look();
        await heard.Task;

        void Look()
        {
            if (live.Status.State != LiveState.Disconnected)
                heard.TrySetResult();
        }
    }

    /// <summary>Outlives its portal.</summary>
    private sealed class LastingLogs(RecordedLog log, IOptionsMonitor<LoggerFilterOptions> filters) : ILoggerFactory
    {
        private readonly LoggerFactory _factory = new([new Recorder(log)], filters);

        public ILogger CreateLogger(string categoryName) => _factory.CreateLogger(categoryName);

        public void AddProvider(ILoggerProvider provider) => _factory.AddProvider(provider);

        public void Dispose()
        {
        }
    }

    private sealed class Recorder(RecordedLog log) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => log;

        public void Dispose()
        {
        }
    }
}
