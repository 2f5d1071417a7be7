using System.Globalization;
using System.Net.Http.Json;
using System.Runtime.Versioning;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Infrastructure.Embedded;
using Portal.Tests.Provisioning;

[assembly: SupportedOSPlatform("linux")]

namespace Portal.Benchmarks;

/// <summary>A Postgres and an emulator of the benchmark's own, an account in it made ready by target.yaml, and the use cases.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private const string DatabaseName = "portal";
    private const string Password = "benchmark";

    private readonly DirectoryInfo _folder;
    private readonly EmbeddedPostgres _postgres;
    private readonly ServiceProvider _services;
    private long _prepared;

    private Installation(DirectoryInfo folder, EmbeddedPostgres postgres, EmulatorProcess emulator, string connectionString)
    {
        (_folder, _postgres, Emulator, Account, ConnectionString) = (folder, postgres, emulator, new Account(emulator.Url), connectionString);
        Database = NpgsqlDataSource.Create(ConnectionString);
        _services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddPortalCore(null).AddPortalDatabase(ConnectionString).BuildServiceProvider();
    }

    public static Actor Engineer { get; } = new("engineer", "Engineer", new HashSet<string> { Roles.Engineer });

    public static Actor Ops { get; } = new("ops", "Ops", new HashSet<string> { Roles.Ops });

    public EmulatorProcess Emulator { get; }

    public Account Account { get; }

    public NpgsqlDataSource Database { get; }

    public IServiceProvider Services => _services;

    /// <summary>As the role that the programs run as.</summary>
    public string ConnectionString { get; }

    /// <summary>As the server's superuser, who owns the tables and whom no limit binds.</summary>
    public string SuperuserConnectionString => _postgres.ConnectionString(DatabaseName);

    /// <summary>A connection of the superuser's that is no pool's: that would hand out one from before the server was killed.</summary>
    public async Task<NpgsqlConnection> OpenAsOwnerAsync()
    {
        var connection = new NpgsqlConnection(SuperuserConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Of the server's first process.</summary>
    public int PostgresId => int.Parse(File.ReadLines(Path.Combine(_folder.FullName, "postgres", "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    /// <param name="scale">How many simulated seconds pass in a real one.</param>
    /// <param name="readsPerSecond">CloudFormation's, a real second; null for no limit.</param>
    public static async Task<Installation> StartAsync(int scale, double? readsPerSecond = null)
    {
        var folder = Directory.CreateTempSubdirectory("portal-benchmark-");
        // Postgres runs as another user when we are root and has to reach its folder.
        File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        var postgres = await EmbeddedPostgres.StartAsync(new PostgresOptions(ToolPaths.Find().PostgresBin, Path.Combine(folder.FullName, "postgres"), Password), TimeProvider.System, CancellationToken.None);
        await postgres.EnsureDatabaseAsync(DatabaseName, CancellationToken.None);
        var logins = new DatabaseLogins(postgres.ConnectionString(DatabaseName, EmbeddedPostgres.RuntimeRole, Password), postgres.ConnectionString(DatabaseName));
        var installation = new Installation(folder, postgres, await EmulatorProcess.StartAsync(Path.Combine(folder.FullName, "emulator"), scale, readsPerSecond / scale), logins.Portal);
        await Migrator.MigrateAsync(installation.Database, logins, TimeProvider.System, CancellationToken.None);
        await installation.AddTargetAsync(scale, readsPerSecond);
        return installation;
    }

    /// <summary>From now on a Postgres that is killed is started again, as in embedded mode.</summary>
    public void KeepPostgres() => _postgres.Keep(NullLogger.Instance);

    /// <summary>Asks for it and has it approved.</summary>
    /// <returns>The environment's id.</returns>
    public async Task<Guid> ApproveAsync(Specification specification)
    {
        var outcome = await _services.GetRequiredService<SubmitRequest>().ExecuteAsync(Engineer, specification, CancellationToken.None);
        var submitted = outcome.Value ?? throw new InvalidOperationException(outcome.Refusal!.Message);
        var detail = await _services.GetRequiredService<RequestQueries>().RequestAsync(Engineer, submitted.Number, CancellationToken.None);
        var decided = await _services.GetRequiredService<DecideRequest>().ExecuteAsync(Ops, submitted.Id, Verdict.Approve, detail!.Request.PlanHash, null, CancellationToken.None);
        return decided.Refusal is { } refusal ? throw new InvalidOperationException(refusal.Message) : submitted.EnvironmentId;
    }

    /// <exception cref="InvalidOperationException">It failed or was cancelled.</exception>
    public async Task ReadyAsync(Guid environment, TimeSpan within)
    {
        await using var connection = await Database.OpenConnectionAsync();
        await connection.ExecuteAsync($"listen {Channels.Event}");
        using var patience = new CancellationTokenSource(within);
        while (true)
        {
            var state = await connection.ExecuteScalarAsync<string>("select state from environments where id = @environment", new { environment });
            if (state == nameof(EnvironmentState.Ready))
                return;
            if (state is nameof(EnvironmentState.Failed) or nameof(EnvironmentState.Cancelled))
                throw new InvalidOperationException(await connection.ExecuteScalarAsync<string>("select failure::text from operations where environment_id = @environment", new { environment }));
            await connection.WaitAsync(TimeSpan.FromSeconds(1), patience.Token);
        }
    }

    /// <summary>What the emulator's ledger has since the account is ready, page by page.</summary>
    public async Task<IReadOnlyList<LedgerLine>> LedgerAsync(string query)
    {
        using var http = new HttpClient { BaseAddress = Emulator.Url };
        var (all, next) = (new List<LedgerLine>(), (string?)$"{_prepared}");
        while (next is not null)
        {
            using var page = await http.GetAsync(new Uri($"/_emulator/ledger?{query}&after={next}", UriKind.Relative));
            all.AddRange(await page.Content.ReadFromJsonAsync<List<LedgerLine>>() ?? []);
            next = page.Headers.TryGetValues("X-Next-After", out var after) ? after.Single() : null;
        }

        return all;
    }

    public async ValueTask DisposeAsync()
    {
        Account.Dispose();
        Emulator.Dispose();
        await _services.DisposeAsync();
        await Database.DisposeAsync();
        await _postgres.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task AddTargetAsync(double pace, double? readsPerSecond)
    {
        await Account.CreateAsync("portal-target", await File.ReadAllTextAsync(Path.Combine(Repository.Root, "Templates", "cloudformation", "target.yaml")),
            new() { ["WorkerPrincipalArn"] = "arn:aws:iam::000000000000:user/portal", ["ExternalId"] = "benchmark" });
        var outputs = await Account.OutputsAsync("portal-target");
        await using var rows = await _services.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync();
        rows.Add(new TargetRow
        {
            Name = Samples.Target.Name,
            AccountId = Samples.Target.AccountId,
            Region = Samples.Target.Region,
            EndpointUrl = Emulator.Url.ToString(),
            ApiAccessCidrs = Samples.Target.ApiAccessCidrs,
            EventQueue = outputs["EventQueue"],
            Pace = pace,
            ReadsPerSecond = readsPerSecond / pace,
        });
        await rows.SaveChangesAsync();
        _prepared = (await LedgerAsync("kind=request"))[^1].Id;
    }
}

/// <param name="Detail">Of a request, the error that it was answered with.</param>
internal sealed record LedgerLine(long Id, DateTimeOffset At, string Action, string Subject, string? Detail);
