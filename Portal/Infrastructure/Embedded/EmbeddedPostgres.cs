using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Npgsql;
using Portal.Infrastructure.Hosting;

namespace Portal.Infrastructure.Embedded;

/// <param name="BinFolder">Folder of initdb and pg_ctl.</param>
/// <param name="Folder">Where the data and the log are kept, between runs too.</param>
/// <param name="Password">Of the role <c>portal</c>, the server's superuser; must be the one the data was made with.</param>
/// <param name="Port">Null takes a free one at each start.</param>
/// <param name="User">Who runs it where this process is root and the data does not exist yet.</param>
/// <param name="IsDurable">False only for tests, whose data may be lost with the machine.</param>
internal sealed record PostgresOptions(
    string BinFolder, string Folder, string Password, int? Port = null, string User = "nobody", bool IsDurable = true);

/// <summary>
/// A PostgreSQL server of our own on loopback. pg_ctl puts it in a session of its own, so that a Ctrl+C in the terminal
/// reaches Portal first, and a kill -9 of Portal leaves a server that the next start adopts.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed partial class EmbeddedPostgres : IAsyncDisposable
{
    /// <summary>What the programs run as, made by the migrations; <c>portal</c> owns the tables, as it always has.</summary>
    public const string RuntimeRole = "portal_app";

    private const string Role = "portal";
    private const string Version = "18";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(250);

    private readonly PostgresOptions _options;
    private readonly TimeProvider _time;
    private readonly UnixUser _user;
    private readonly CancellationTokenSource _stop = new();
    private Task _kept = Task.CompletedTask;

    private EmbeddedPostgres(PostgresOptions options, TimeProvider time, UnixUser user)
    {
        _options = options;
        _time = time;
        _user = user;
    }

    /// <summary>Only on 127.0.0.1.</summary>
    public int Port { get; private set; }

    private string Data => Path.Combine(_options.Folder, "data");

    private string LogFile => Path.Combine(_options.Folder, "server.log");

    private string PidFile => Path.Combine(Data, "postmaster.pid");

    /// <summary>Makes the data if there is none, adopts a server that still runs on it, or starts one; returns when it accepts connections.</summary>
    /// <exception cref="CannotStartException">With the remedy.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(PostgresOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var user = await UnixUser.ForAsync(options.Folder, options.User, cancellationToken);
        var server = new EmbeddedPostgres(options, time, user);
        await server.PrepareAsync(cancellationToken);
        if (!await server.AdoptAsync(cancellationToken))
            await server.LaunchAsync(options.Port, cancellationToken);

        return server;
    }

    /// <summary>As the superuser.</summary>
    public string ConnectionString(string database) => ConnectionString(database, Role, _options.Password);

    public string ConnectionString(string database, string role, string password) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = role,
        Password = password,
        Database = database,
    }.ConnectionString;

    public async Task EnsureDatabaseAsync(string database, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync("postgres", cancellationToken);
        await using var exists = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection) { Parameters = { new() { Value = database } } };
        if (await exists.ExecuteScalarAsync(cancellationToken) is not null)
            return;

        await using var create = new NpgsqlCommand($"CREATE DATABASE \"{database}\"", connection);
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>From now on a server that ends, however it ends, is started again on its data and its port, until this is disposed.</summary>
    public void Keep(ILogger logger) => _kept = KeepAsync(logger);

    /// <summary>Disconnects whoever is connected, writes everything to disk and waits until the server has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _kept.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await StopAsync("fast", CancellationToken.None);
        _stop.Dispose();
    }

    private async Task KeepAsync(ILogger logger)
    {
        using var timer = new PeriodicTimer(s_lookEvery, _time);
        var isAway = false;
        while (await timer.WaitForNextTickAsync(_stop.Token))
        {
            if (Runs())
                continue;
            if (!isAway)
                LogEnded(logger, LogFile + ".1");
            isAway = true;
            try
            {
                await LaunchAsync(Port, _stop.Token);
                isAway = false;
                LogBack(logger);
            }
            catch (CannotStartException error)
            {
                // What is left of the old one may need a moment to go.
                LogStillAway(logger, error.Message);
            }
        }
    }

    private bool Runs()
    {
        try
        {
            return File.ReadLines(PidFile).FirstOrDefault() is { } process && IsPostgres(process.Trim());
        }
        catch (IOException)
        {
            return false;
        }
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(_options.Folder))
        {
            Directory.CreateDirectory(_options.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            await _user.OwnAsync(_options.Folder, cancellationToken);
        }

        await _user.MustReachAsync(_options.Folder, "put the data elsewhere with Portal__DataFolder, for example /var/tmp/portal", cancellationToken);
        await _user.MustReachAsync(Path.Combine(_options.BinFolder, "pg_ctl"), "move the clone to a folder that everybody may enter, for example /srv/portal", cancellationToken);

        var versionFile = Path.Combine(Data, "PG_VERSION");
        if (!File.Exists(versionFile))
            await InitializeAsync(cancellationToken);
        else if (await File.ReadAllTextAsync(versionFile, cancellationToken) is var version && !string.Equals(version.Trim(), Version, StringComparison.Ordinal))
            throw new CannotStartException($"{Data} was made by PostgreSQL {version.Trim()} and this is {Version}: use another folder with Portal__DataFolder, or delete it.");
    }

    private async Task InitializeAsync(CancellationToken cancellationToken)
    {
        // Made aside and renamed, so that data which exists is always complete.
        var half = Path.Combine(_options.Folder, "data.new");
        if (Directory.Exists(half))
            Directory.Delete(half, recursive: true);

        var passwordFile = Path.Combine(_options.Folder, "password");
        DataFolder.WriteForOwnerOnly(passwordFile, _options.Password);
        try
        {
            await _user.OwnAsync(passwordFile, cancellationToken);
            List<string> arguments =
            [
                "--pgdata", half, "--username", Role, "--pwfile", passwordFile, "--auth", "scram-sha-256", "--encoding", "UTF8",
                "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C", "--set", "timezone=UTC", "--set", "log_timezone=UTC",
            ];
            if (!_options.IsDurable)
                arguments.Add("--no-sync");

            var result = await _user.RunAsync(Path.Combine(_options.BinFolder, "initdb"), arguments, cancellationToken);
            if (result.ExitCode != 0)
                throw new CannotStartException($"PostgreSQL could not make its data in {_options.Folder}: {LastLine(result.Output)}");
        }
        finally
        {
            File.Delete(passwordFile);
        }

        Directory.Move(half, Data);
    }

    /// <summary>A server that outlived a killed Portal is as good as a new one, and already warm.</summary>
    private async Task<bool> AdoptAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(PidFile))
            return false;

        // Lines of postmaster.pid (miscadmin.h): process id, data directory, start time, port, …
        var lines = await File.ReadAllLinesAsync(PidFile, cancellationToken);
        if (lines.Length < 4 || !IsPostgres(lines[0].Trim()) || !int.TryParse(lines[3], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            // PostgreSQL itself only asks whether some process has that id, and after a reboot any may.
            File.Delete(PidFile);
            return false;
        }

        Port = port;
        if ((_options.Port ?? port) == port && await AnswersAsync(cancellationToken))
            return true;

        await StopAsync("fast", cancellationToken);
        return false;
    }

    private static bool IsPostgres(string processId)
    {
        var commandLine = $"/proc/{processId}/cmdline";
        return File.Exists(commandLine) && Path.GetFileName(File.ReadAllText(commandLine).Split('\0')[0]) is "postgres";
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        var deadline = _time.GetTimestamp();
        while (_time.GetElapsedTime(deadline) < s_patience)
        {
            try
            {
                await using var connection = await OpenAsync("postgres", cancellationToken);
                return true;
            }
            catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.CannotConnectNow)
            {
                // Still recovering from whatever killed Portal.
                await Task.Delay(TimeSpan.FromMilliseconds(100), _time, cancellationToken);
            }
            catch (NpgsqlException)
            {
                return false;
            }
        }

        return false;
    }

    private async Task LaunchAsync(int? wanted, CancellationToken cancellationToken)
    {
        if (File.Exists(LogFile))
            File.Move(LogFile, LogFile + ".1", overwrite: true);

        // Somebody else may take a free port between our look and the server's bind; not three times in a row.
        for (var attempt = 1; ; attempt++)
        {
            Port = wanted ?? FreePort();
            var result = await _user.RunAsync(PgCtl, ["start", "--wait", "--timeout", Seconds, "--pgdata", Data, "--log", LogFile, "--options", ServerOptions()], cancellationToken);
            if (result.ExitCode == 0)
                return;

            var log = File.Exists(LogFile) ? await File.ReadAllTextAsync(LogFile, cancellationToken) : result.Output;
            var isPortTaken = log.Contains("could not bind", StringComparison.Ordinal);
            if (isPortTaken && wanted is { } port)
                throw new CannotStartException($"Port {port}, which PostgreSQL is to use, is taken: name another one in Portal__PostgresPort, or none for a free one.");

            if (!isPortTaken || attempt == 3)
                throw new CannotStartException($"PostgreSQL did not start: {LastLine(log)} (all of it is in {LogFile})");
        }
    }

    private string ServerOptions() => string.Join(
        ' ',
        ["-p", Port.ToString(CultureInfo.InvariantCulture), "-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200",
            .. _options.IsDurable ? Array.Empty<string>() : ["-c fsync=off -c synchronous_commit=off -c full_page_writes=off"]]);

    private async Task StopAsync(string mode, CancellationToken cancellationToken)
    {
        if (!Runs())
            return;
        var result = await _user.RunAsync(PgCtl, ["stop", "--wait", "--timeout", Seconds, "--mode", mode, "--pgdata", Data], cancellationToken);
        if (result.ExitCode != 0 && File.Exists(PidFile))
            throw new CannotStartException($"PostgreSQL in {Data} did not stop: {LastLine(result.Output)}");
    }

    private string PgCtl => Path.Combine(_options.BinFolder, "pg_ctl");

    private static string Seconds => s_patience.TotalSeconds.ToString(CultureInfo.InvariantCulture);

    private async Task<NpgsqlConnection> OpenAsync(string database, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(ConnectionString(database) + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string LastLine(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it said nothing.";

    [LoggerMessage(Level = LogLevel.Error, Message = "The embedded PostgreSQL has ended; starting it again. What it said last is in {LogFile}.")]
    private static partial void LogEnded(ILogger logger, string logFile);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The embedded PostgreSQL runs again.")]
    private static partial void LogBack(ILogger logger);

    [LoggerMessage(Level = LogLevel.Error, Message = "The embedded PostgreSQL does not start ({Reason}); trying again.")]
    private static partial void LogStillAway(ILogger logger, string reason);
}
