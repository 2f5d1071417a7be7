using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Infrastructure.Embedded;

[assembly: SupportedOSPlatform("linux")]

namespace Portal.Tests.Fixtures;

/// <summary>
/// A migrated database of its own for a test class (<c>IClassFixture&lt;PostgresFixture&gt;</c>), on a real Postgres 18 that
/// all classes of the run share. Databases are copies of a template, so that the migrations run once. Tests work in it as portals and workers
/// do, as a role that the tables do not belong to, so that all of them show that its rights are enough.
/// </summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private readonly List<NpgsqlDataSource> _opened = [];

    /// <summary>Of this class's database.</summary>
    public string ConnectionString { get; private set; } = "";

    public NpgsqlDataSource Database { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        ConnectionString = await CreateDatabaseAsync();
        Database = Open(ConnectionString);
    }

    /// <summary>One more, for a test that must be alone in its database.</summary>
    public static async Task<string> CreateDatabaseAsync() => (await PostgresServer.SharedAsync()).AsRuntime(await CreateAsync(PostgresServer.Template));

    /// <summary>One without any tables, as its owner.</summary>
    public static async Task<string> CreateEmptyDatabaseAsync() => (await PostgresServer.SharedAsync()).AsOwner(await CreateAsync("template1"));

    /// <summary>The same database as its owner, who is the server's superuser: for what no process of ours may do.</summary>
    public static async Task<string> AsOwnerAsync(string connectionString) => (await PostgresServer.SharedAsync()).AsOwner(new NpgsqlConnectionStringBuilder(connectionString).Database!);

    private static async Task<string> CreateAsync(string template) => await (await PostgresServer.SharedAsync()).CreateDatabaseAsync(template);

    public async Task DisposeAsync()
    {
        foreach (var source in _opened)
            await source.DisposeAsync();
    }

    private NpgsqlDataSource Open(string connectionString)
    {
        var source = NpgsqlDataSource.Create(connectionString);
        _opened.Add(source);
        return source;
    }
}

/// <summary>The run's one server, in a folder that names our process: what a killed run left behind, the next one clears away.</summary>
internal sealed class PostgresServer
{
    private const string Prefix = "portal-tests-";
    public const string Template = "template_portal";

    private const string Password = "tests";
    private static readonly Lazy<Task<PostgresServer>> s_shared = new(StartAsync);

    private readonly EmbeddedPostgres _postgres;
    private readonly SemaphoreSlim _oneCopyAtATime = new(1);
    private int _databases;

    private PostgresServer(EmbeddedPostgres postgres) => _postgres = postgres;

    public static Task<PostgresServer> SharedAsync() => s_shared.Value;

    /// <returns>Its name.</returns>
    public async Task<string> CreateDatabaseAsync(string template)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref _databases)}");

        // A template in use by another copy cannot be copied.
        await _oneCopyAtATime.WaitAsync();
        try
        {
            await using var connection = new NpgsqlConnection(Unpooled("postgres"));
            await connection.OpenAsync();
            await using var create = new NpgsqlCommand($"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy", connection);
            await create.ExecuteNonQueryAsync();
        }
        finally
        {
            _oneCopyAtATime.Release();
        }

        return name;
    }

    public string AsOwner(string database) => _postgres.ConnectionString(database);

    public string AsRuntime(string database) => _postgres.ConnectionString(database, EmbeddedPostgres.RuntimeRole, Password);

    private static async Task<PostgresServer> StartAsync()
    {
        var bin = ToolPaths.Find().PostgresBin;
        await ClearLeftoversAsync(bin);
        var folder = Path.Combine(Path.GetTempPath(), Prefix + Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        var postgres = await EmbeddedPostgres.StartAsync(Options(bin, folder), TimeProvider.System, CancellationToken.None);

        // The runner offers no earlier moment that every class has passed.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => StopBehindUs(folder);

        var server = new PostgresServer(postgres);
        await postgres.EnsureDatabaseAsync(Template, CancellationToken.None);
        var logins = new DatabaseLogins(server.AsRuntime(Template) + ";Pooling=false", server.Unpooled(Template));
        await using (var template = NpgsqlDataSource.Create(logins.Portal))
            await Migrator.MigrateAsync(template, logins, TimeProvider.System, CancellationToken.None);

        return server;
    }

    private static PostgresOptions Options(string bin, string folder) => new(bin, folder, Password, IsDurable: false);

    /// <summary>In a session of its own, because the runner gives an ending test host only a moment.</summary>
    private static void StopBehindUs(string folder)
    {
        const string script = """
            server=$(head -n 1 "$1/data/postmaster.pid") && kill -QUIT "$server"
            while kill -0 "$server" 2>/dev/null; do sleep 0.1; done
            rm -rf "$1"
            """;
        using var stop = Process.Start("setsid", ["--fork", "sh", "-c", script, "stop", folder]);
    }

    private static async Task ClearLeftoversAsync(string bin)
    {
        foreach (var folder in Directory.GetDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            var owner = Path.GetFileName(folder)[Prefix.Length..];
            if (Directory.Exists("/proc/" + owner))
                continue;

            if (File.Exists(Path.Combine(folder, "data", "postmaster.pid")))
                await (await EmbeddedPostgres.StartAsync(Options(bin, folder), TimeProvider.System, CancellationToken.None)).DisposeAsync();

            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (DirectoryNotFoundException)
            {
                // Another test run that starts now clears it, too.
            }
        }
    }

    private string Unpooled(string database) => _postgres.ConnectionString(database) + ";Pooling=false";
}
