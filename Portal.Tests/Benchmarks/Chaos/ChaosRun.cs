using System.Collections.Concurrent;
using System.Diagnostics;
using Dapper;
using Portal.Emulator;
using Portal.Infrastructure.Embedded;
using Portal.Worker;

namespace Portal.Benchmarks.Chaos;

/// <summary>
/// Real programs on a real Postgres and an emulator with a fast clock: two workers and a portal, people who have environments made, changed,
/// sent to sleep and taken away, and something that goes wrong every few seconds. In the end the <see cref="Judge"/> looks at all of it.
/// </summary>
internal sealed class ChaosRun : IAsyncDisposable
{
    private static readonly Dictionary<string, string> s_logging = new(StringComparer.Ordinal)
    {
        ["Logging__LogLevel__Microsoft.AspNetCore"] = "Warning",
        ["Logging__LogLevel__System.Net.Http"] = "Warning",
        ["Logging__Console__FormatterName"] = "simple",
        ["Logging__Console__FormatterOptions__TimestampFormat"] = "HH:mm:ss.fff ",
        ["Logging__Console__FormatterOptions__SingleLine"] = "true",
        ["Logging__Console__FormatterOptions__UseUtcTimestamp"] = "true",
    };

    /// <summary>What work has to go on within, in 95 of 100 times.</summary>
    public static readonly TimeSpan Slow = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    private readonly ChaosOptions _options;
    private readonly Installation _installation;
    private readonly Random _random;
    private readonly Machine[] _workers;
    private readonly Machine _portal;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };
    private readonly List<Strike> _strikes = [];
    private readonly List<Task> _awaited = [];

    private ChaosRun(ChaosOptions options, Installation installation)
    {
        (_options, _installation, _random) = (options, installation, new Random(options.Seed));
        var keys = new EmulatorOptions();
        var worker = new Dictionary<string, string>(s_logging, StringComparer.Ordinal)
        {
            ["ConnectionStrings__Portal"] = installation.ConnectionString,
            ["Worker__Aws__AccessKeyId"] = keys.AccessKeyId,
            ["Worker__Aws__SecretAccessKey"] = keys.SecretAccessKey,
            ["Worker__Helm__Path"] = ToolPaths.Find().Helm,
            ["Worker__Charts__LoadBalancerController__Repository"] = new Uri(installation.Emulator.Url, "/_emulator/charts").ToString(),
            ["Worker__Charts__ClusterAutoscaler__Repository"] = new Uri(installation.Emulator.Url, "/_emulator/charts").ToString(),
        };
        _workers = [new Machine("worker 1", typeof(WorkerApp), worker, Break, options.Logs), new Machine("worker 2", typeof(WorkerApp), worker, Break, options.Logs)];
        _portal = new Machine("portal", typeof(PortalApp), new(s_logging, StringComparer.Ordinal)
        {
            ["ConnectionStrings__Portal"] = installation.ConnectionString,
            ["Portal__SignIn__Method"] = "Personas",
        }, Break, options.Logs);
    }

    public ChaosReport Report { get; } = new();

    public static async Task<ChaosRun> StartAsync(ChaosOptions options) => new(options, await Installation.StartAsync(options.Scale));

    public async Task RunAsync(Action<string> told)
    {
        var judge = new Judge(_installation, Break);
        await judge.BeginAsync();
        _installation.KeepPostgres();
        await Task.WhenAll(_workers.Append(_portal).Select(machine => ReadyAsync(machine)));

        using var over = new CancellationTokenSource();
        var kept = KeepAsync(over.Token);
        try
        {
            using var enough = new CancellationTokenSource();
            var people = Enumerable.Range(1, _options.People).Select(number => new Person(_installation, number, new Random(_options.Seed + number), Break).LiveAsync(enough.Token)).ToList();
            foreach (var (index, (name, act)) in Acts().Index())
            {
                await Task.Delay(_options.Pause * (0.25 + (0.75 * _random.NextDouble())), TimeProvider.System);
                told(name);
                var before = _strikes.Count;
                await act();
                // Where one strike falls on another, what lies between the first and the next write is no measure of either.
                if (_options.IsMeasured && index % 2 == 1)
                {
                    foreach (var strike in _strikes[before..])
                        await WentOnAsync(strike);
                }
            }

            await enough.CancelAsync();
            await Task.WhenAll(people);
            await Task.WhenAll(_awaited);
            await judge.JudgeAsync();
            await CountAsync();
        }
        finally
        {
            await over.CancelAsync();
            await kept;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var machine in _workers.Append(_portal))
            await machine.DisposeAsync();
        _http.Dispose();
        await _installation.DisposeAsync();
    }

    /// <summary>As systemd or an orchestrator, until the end: one that starts while another strike takes its database ends, and is started again.</summary>
    private async Task KeepAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            foreach (var machine in _workers.Append(_portal))
                await machine.KeepAsync();
            await Task.Delay(s_look, TimeProvider.System, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Break(string what) => Report.Broken.Enqueue(what);

    /// <summary>The kills, and the others spread among them.</summary>
    private List<(string Name, Func<Task> Act)> Acts()
    {
        var kills = Enumerable.Range(0, _options.Kills).Select(kill => (kill % 10) switch
        {
            < 6 => ("kill.worker", KillWorkerAsync),
            < 8 => ("kill.postgres", KillPostgresAsync),
            _ => ("kill.portal", (Func<Task>)KillPortalAsync),
        }).ToArray();
        _random.Shuffle(kills);
        var acts = kills.ToList();
        foreach (var (name, act) in new (string, Func<Task>)[] { ("freeze.worker", FreezeWorkerAsync), ("restart.worker", RestartWorkerAsync), ("freeze.postgres", FreezePostgresAsync), ("no.connections", NoConnectionsAsync) })
        {
            for (var time = 0; time < _options.Others; time++)
                acts.Insert(_random.Next(acts.Count * time / _options.Others, (acts.Count * (time + 1) / _options.Others) + 1), (name, act));
        }

        foreach (var group in acts.GroupBy(act => act.Item1, StringComparer.Ordinal))
            Report.Counts[group.Key] = group.Count();
        return acts;
    }

    private async Task KillWorkerAsync()
    {
        var (worker, owned) = await BusyWorkerAsync();
        var at = Now();
        await worker.KillAsync();
        _strikes.Add(new("recovery.worker", at, owned, IsEach: true));
    }

    private async Task KillPostgresAsync()
    {
        var running = await OwnedAsync(null);
        using var postmaster = Process.GetProcessById(_installation.PostgresId);
        var at = Now();
        postmaster.Kill();
        _strikes.Add(new("recovery.postgres", at, running, IsEach: false));
    }

    private async Task KillPortalAsync()
    {
        await _portal.KillAsync();
        Await(ReadyAsync(_portal, "recovery.portal"));
    }

    /// <summary>What it owned goes on in the other within the lease; awake again it notices, and changes nothing.</summary>
    private async Task FreezeWorkerAsync()
    {
        await Task.WhenAll(_workers.Select(machine => ReadyAsync(machine)));
        var (worker, owned) = await BusyWorkerAsync();
        var id = worker.WorkerId;
        var at = Now();
        await worker.FreezeAsync();
        _strikes.Add(new("recovery.frozen", at, owned, IsEach: true));
        await UntilAsync($"{worker.Name}, which is frozen, has nothing any more", async () => await _installation.ReadAsync(connection => connection.ExecuteScalarAsync<bool>(
            """
            select not exists (select from workers where id like @id || '%' and seen_at > clock_timestamp() - interval '3 seconds')
               and not exists (select from operations where owner like @id || '%' and state in ('Queued', 'Running', 'Cancelling'))
               and not exists (select from observers where owner like @id || '%')
            """, new { id })));
        Report.Took("takeover.frozen", Now() - at);
        await worker.ThawAsync();
        await worker.WaitForLineAsync("gives up what it runs");
    }

    /// <summary>A rolling restart: it stops to claim, hands over and ends, and the other goes on at once.</summary>
    private async Task RestartWorkerAsync()
    {
        foreach (var worker in _workers)
        {
            await ReadyAsync(worker);
            var owned = await OwnedAsync(worker);
            var at = Now();
            await worker.RestartAsync();
            Report.Took("drain.worker", Now() - at);
            _strikes.Add(new("recovery.restarted", at, owned, IsEach: true));
        }
    }

    private async Task FreezePostgresAsync()
    {
        await Task.WhenAll(_workers.Append(_portal).Select(machine => ReadyAsync(machine)));
        var running = await OwnedAsync(null);
        var server = Processes.Family(_installation.PostgresId);
        Processes.Signal("STOP", server);
        try
        {
            await AwayAsync("has not answered since");
        }
        finally
        {
            Processes.Signal("CONT", server);
        }

        await BackAsync(running);
    }

    private async Task NoConnectionsAsync()
    {
        await Task.WhenAll(_workers.Append(_portal).Select(machine => ReadyAsync(machine)));
        var running = await OwnedAsync(null);
        await using var superuser = await _installation.OpenAsOwnerAsync();
        // A limit keeps new ones out and leaves those that are in: a pool that has what it needs would notice nothing.
        const string role = EmbeddedPostgres.RuntimeRole;
        await superuser.ExecuteAsync($"alter role {role} connection limit 0; select pg_terminate_backend(pid) from pg_stat_activity where usename = '{role}'");
        await AwayAsync("too many connections");
        await superuser.ExecuteAsync($"alter role {role} connection limit -1");
        await BackAsync(running);
    }

    /// <summary>Everybody says in time that the database is away, and why.</summary>
    private async Task AwayAsync(string why)
    {
        var since = Stopwatch.GetTimestamp();
        await Task.WhenAll(_workers.Append(_portal).Select(async machine =>
        {
            var asked = Stopwatch.GetTimestamp();
            var (isReady, said) = await HealthAsync(machine);
            Report.Took("health.away", Stopwatch.GetElapsedTime(asked));
            if (isReady)
                Break($"{machine.Name} is ready while the database is away ({why}): {said}");
            await UntilAsync($"{machine.Name} says '{why}'", async () => (await HealthAsync(machine)).Said.Contains(why, StringComparison.Ordinal));
        }));
        if (_options.Frozen - Stopwatch.GetElapsedTime(since) is { Ticks: > 0 } rest)
            await Task.Delay(rest, TimeProvider.System);
    }

    /// <summary>Everybody is ready by themselves, and the work goes on.</summary>
    private async Task BackAsync(Guid[] running)
    {
        _strikes.Add(new("recovery.database", Now(), running, IsEach: false));
        await Task.WhenAll(_workers.Append(_portal).Select(machine => ReadyAsync(machine, "health.back")));
    }

    private async Task ReadyAsync(Machine machine, string? figure = null)
    {
        var since = Stopwatch.GetTimestamp();
        await UntilAsync($"{machine.Name} is ready", async () => (await HealthAsync(machine)).IsReady);
        if (figure is not null)
            Report.Took(figure, Stopwatch.GetElapsedTime(since));
    }

    private async Task<(bool IsReady, string Said)> HealthAsync(Machine machine)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri(machine.Url, "/health/ready"));
            return (answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            return (false, error.Message);
        }
    }

    private async Task UntilAsync(string what, Func<Task<bool>> isSo)
    {
        var since = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            if (Stopwatch.GetElapsedTime(since) > s_patience)
            {
                Break($"After {s_patience.TotalSeconds} s it is not so that {what}.");
                return;
            }

            await Task.Delay(s_look, TimeProvider.System);
        }
    }

    private async Task WentOnAsync(Strike strike)
    {
        strike.IsMeasured = true;
        await UntilAsync($"what {strike.What} of {strike.At:HH:mm:ss} concerned has gone on", () => _installation.ReadAsync(strike.HasGoneOnAsync));
    }

    /// <summary>One of those that run an operation, once there is one: a strike at an idle worker would show nothing of how its work goes on.</summary>
    private async Task<(Machine Worker, Guid[] Owned)> BusyWorkerAsync()
    {
        List<(Machine Worker, Guid[] Owned)> busy = [];
        await UntilAsync("a worker runs an operation", async () =>
        {
            foreach (var worker in _workers)
            {
                if (await OwnedAsync(worker) is { Length: > 0 } owned)
                    busy.Add((worker, owned));
            }

            return busy.Count > 0;
        });
        return busy.Count > 0 ? busy[_random.Next(busy.Count)] : (_workers[0], []);
    }

    private void Await(Task task) => _awaited.Add(task);

    /// <summary>The operations that the worker owns; of all workers, where none is named.</summary>
    private Task<Guid[]> OwnedAsync(Machine? worker) => _installation.ReadAsync(async connection => (await connection.QueryAsync<Guid>(
        "select id from operations where state in ('Running', 'Cancelling') and (@id is null or owner like @id || '%')", new { id = worker?.WorkerId })).ToArray());

    /// <summary>What the report says of how soon work went on, by the events of the operations that were concerned.</summary>
    private async Task CountAsync()
    {
        await using var connection = await _installation.OpenAsOwnerAsync();
        foreach (var strike in _strikes)
        {
            var next = await strike.NextAsync(connection);
            foreach (var (moment, environment, message) in strike.IsEach ? next : next.Take(1))
            {
                var took = new DateTimeOffset(moment, TimeSpan.Zero) - strike.At;
                Report.Took(strike.IsMeasured ? strike.What : "piled." + strike.What, took);
                if (took > Slow)
                    Report.Slow.Enqueue($"{(strike.IsMeasured ? "" : "piled.")}{strike.What} at {strike.At:HH:mm:ss.fff}: {environment} after {took.TotalSeconds:0.0} s with '{message}'");
            }
        }

        foreach (var worker in _workers)
        {
            var claims = await connection.ExecuteScalarAsync<long>("select count(*) from chaos_claims where owner like any(@ids)", new { ids = worker.WorkerIds.Select(id => id + "%").ToArray() });
            Report.Counts[$"claims.{worker.Name.Replace(' ', '.')}"] = claims;
            if (claims == 0)
                Break($"{worker.Name} has claimed nothing: the workers do not share.");
        }

        Report.Counts["environments"] = await connection.ExecuteScalarAsync<long>("select count(*) from environments");
        Report.Counts["operations"] = await connection.ExecuteScalarAsync<long>("select count(*) from operations");
        Report.Counts["takeovers"] = await connection.ExecuteScalarAsync<long>("select count(*) from events where kind = 'operation.resumed'");
        Report.Counts["steps"] = await connection.ExecuteScalarAsync<long>("select count(*) from chaos_moves where what = 'steps' and became = 'Succeeded'");
        Report.Counts["events"] = await connection.ExecuteScalarAsync<long>("select count(*) from events");
    }

    private static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();
}
