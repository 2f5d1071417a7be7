using System.Runtime.Versioning;
using Microsoft.Extensions.Options;
using Portal.Core.Persistence;
using Portal.Emulator;
using Portal.Infrastructure.Hosting;
using Portal.Stage;
using Portal.Worker;

namespace Portal.Infrastructure.Embedded;

/// <summary>
/// Portal with nothing configured: its own Postgres, and the emulator and the worker as hosts of their own in this process.
/// They get configuration and nothing else from here, so that they cannot tell it from processes of their own.
/// This folder is the only place in Portal that knows a type of theirs (a test says so).
/// </summary>
internal sealed class EmbeddedComposition : IAsyncDisposable
{
    private const string Database = "portal";
    private static readonly string[] s_shared = ["Emulator", "Worker", "Templates", "Logging"];

    private readonly Stack<IAsyncDisposable> _started = new();
    private readonly Dictionary<string, string?> _workerSettings = new(StringComparer.OrdinalIgnoreCase);
    private readonly IConfiguration _configuration;
    private Action<ILoggerFactory> _keep = _ => { };

    private EmbeddedComposition(IConfiguration configuration) => _configuration = configuration;

    public bool IsEmbedded { get; private init; }

    /// <summary>
    /// Starts Postgres and then the emulator where <c>ConnectionStrings:Portal</c> is empty, and adds to the builder's
    /// configuration what Portal needs to know of them. With a connection string configured it does nothing.
    /// </summary>
    /// <exception cref="CannotStartException">With the remedy.</exception>
    public static async Task<EmbeddedComposition> StartIfNeededAsync(WebApplicationBuilder builder, CancellationToken cancellationToken = default)
    {
        var composition = new EmbeddedComposition(builder.Configuration)
        {
            IsEmbedded = string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString(Database)),
        };
        if (!composition.IsEmbedded)
            return composition;

        if (!OperatingSystem.IsLinux())
            throw new CannotStartException("The embedded database and Helm are Linux programs: name a PostgreSQL in ConnectionStrings__Portal, or use docker-compose.");

        try
        {
            await composition.StartAsync(builder, cancellationToken);

            // Between the steps, so that whatever was started is also stopped.
            StartUp.Stopping.ThrowIfCancellationRequested();
            return composition;
        }
        catch
        {
            await composition.DisposeAsync();
            throw;
        }
    }

    /// <summary>From now on what is started is kept running, and what happens to it is logged.</summary>
    public void Keep(ILoggerFactory loggers) => _keep(loggers);

    /// <summary>To be called when Portal has migrated the database: the worker finds its tables.</summary>
    public async Task StartWorkerAsync(CancellationToken cancellationToken = default)
    {
        if (!IsEmbedded)
            return;

        StartUp.Stopping.ThrowIfCancellationRequested();
        try
        {
            var worker = WorkerApp.Build([], configuration => Configure(configuration, _workerSettings));
            _started.Push(worker);
            await worker.StartAsync(cancellationToken);
        }
        catch (Exception error) when (error is OptionsFault or OptionsValidationException)
        {
            throw new CannotStartException("The worker's configuration cannot be used: " + error.Message, error);
        }
    }

    /// <summary>In the reverse order: the worker lets go of its work, the emulator saves, Postgres shuts down, the folder is free.</summary>
    public async ValueTask DisposeAsync()
    {
        while (_started.TryPop(out var started))
        {
            if (started is WebApplication app)
                await app.StopAsync();

            await started.DisposeAsync();
        }
    }

    [SupportedOSPlatform("linux")]
    private async Task StartAsync(WebApplicationBuilder builder, CancellationToken cancellationToken)
    {
        var settings = EmbeddedSettings.From(builder);
        ListenAddresses.MustBeFree(settings.EmulatorUrl, "stop whoever has it, or choose another one for the emulator with Emulator__Url");
        ListenAddresses.MustBeFree(settings.KubernetesUrl, "stop whoever has it, or choose another one for the emulator with Emulator__KubernetesUrl");

        var tools = ToolPaths.Find();
        var folder = DataFolder.Open(settings.DataFolder);
        _started.Push(new Synchronous(folder));

        var postgres = await EmbeddedPostgres.StartAsync(
            new PostgresOptions(tools.PostgresBin, folder.Subfolder("postgres"), folder.Secrets.PostgresPassword, settings.PostgresPort, settings.PostgresUser),
            TimeProvider.System, cancellationToken);
        _started.Push(postgres);
        _keep = loggers => postgres.Keep(loggers.CreateLogger<EmbeddedPostgres>());
        await postgres.EnsureDatabaseAsync(Database, cancellationToken);

        var emulatorUrl = await StartEmulatorAsync(settings, folder, cancellationToken);
        var logins = new DatabaseLogins(postgres.ConnectionString(Database, EmbeddedPostgres.RuntimeRole, folder.Secrets.RuntimePassword), postgres.ConnectionString(Database));
        var account = settings.HasTargets
            ? new Dictionary<string, string>(StringComparer.Ordinal)
            : await SandboxAccount.PrepareAsync(settings.Sandbox(emulatorUrl), folder.Secrets.AccessKeyId, folder.Secrets.SecretAccessKey, builder.Configuration["Templates:Path"], cancellationToken);
        builder.Configuration.AddInMemoryCollection(settings.ForPortal(logins, emulatorUrl, account));
        foreach (var (key, value) in settings.ForWorker(logins, emulatorUrl, tools.Helm, folder.Secrets))
            _workerSettings[key] = value;
    }

    [SupportedOSPlatform("linux")]
    private async Task<string> StartEmulatorAsync(EmbeddedSettings settings, DataFolder folder, CancellationToken cancellationToken)
    {
        try
        {
            var emulator = EmulatorApp.Build([], configuration => Configure(configuration, settings.ForEmulator(folder)));
            _started.Push(emulator);
            await emulator.StartAsync(cancellationToken);

            // A configured port 0 becomes a real one only now.
            return new Uri(settings.EmulatorUrl).Port != 0
                ? settings.EmulatorUrl
                : emulator.Urls.First(url => url.StartsWith("http://", StringComparison.Ordinal));
        }
        catch (EmulatorStartException error)
        {
            throw new CannotStartException(error.Message, error);
        }
    }

    private void Configure(IConfigurationBuilder configuration, IReadOnlyDictionary<string, string?> settings)
    {
        configuration.AddInMemoryCollection(EmbeddedSettings.Quiet());

        // What the user configured for them reaches them as if they were processes of their own; our wiring comes last and wins.
        foreach (var section in s_shared)
            configuration.AddInMemoryCollection(_configuration.GetSection(section).AsEnumerable().Where(setting => setting.Value is not null));

        configuration.AddInMemoryCollection(settings);
    }

    private sealed class Synchronous(IDisposable inner) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            inner.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
