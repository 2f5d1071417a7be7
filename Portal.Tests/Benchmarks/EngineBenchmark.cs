using System.Diagnostics;
using System.Globalization;
using Dapper;
using Hangfire;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Tests.Provisioning;

namespace Portal.Benchmarks;

/// <summary>
/// The engine by ratios: what one shop and many at once take beside the critical path of the very durations that the emulator gave them,
/// what lies between two steps, what is read of CloudFormation, what live notification costs the writers, and what an idle worker does.
/// </summary>
internal static class EngineBenchmark
{
    private const int Scale = 60;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(15);

    public static async Task RunAsync(int environments)
    {
        await RunMakespanAsync(environments, Scale);
        await using var quiet = await Installation.StartAsync(Scale);
        await HangfireAsync(quiet);
        await TransitionsAsync(quiet);
        await IdleAsync();
    }

    /// <summary>A part of it alone. What the engine adds is real time, so a slower clock says how much of AWS's own pace it is.</summary>
    /// <param name="scale">How many times as fast as AWS the emulator runs.</param>
    public static async Task RunMakespanAsync(int environments, int scale)
    {
        foreach (var count in new[] { 1, environments }.Distinct())
        {
            await using var installation = await Installation.StartAsync(scale);
            using var worker = WorkerProcess.Start(installation);
            await MakespanAsync(installation, count, scale);
        }
    }

    /// <summary>A part of it alone.</summary>
    public static async Task RunTransitionsAsync()
    {
        await using var installation = await Installation.StartAsync(Scale);
        await TransitionsAsync(installation);
    }

    /// <summary>A server of jobs with nothing to do, until its input ends.</summary>
    public static async Task ServeAsync(string connectionString)
    {
        using var server = new BackgroundJobServer(new BackgroundJobServerOptions { WorkerCount = 4 }, JobStorageSettings.Open(connectionString, connections: 16));
        await Console.In.ReadToEndAsync();
    }

    private static async Task MakespanAsync(Installation installation, int count, int scale)
    {
        var ids = new List<Guid>();
        for (var number = 0; number < count; number++)
            ids.Add(await installation.ApproveAsync(Samples.Shop($"shop-{number}", $"10.{number}.0.0/16")));
        var ratios = new List<(double Ours, double Sequential, double Staged, double Polled)>();
        var handOffs = new List<double>();
        foreach (var id in ids)
        {
            var steps = await FinishedAsync(installation, id);
            var plan = steps.Plan;
            var durations = await DurationsAsync(installation, steps);
            var critical = Critical(plan, step => durations[step.Name]);
            ratios.Add((
                steps.Makespan / critical,
                durations.Values.Sum() / critical,
                Stages(plan).Sum(stage => stage.Max(step => durations[step.Name])) / critical,
                Critical(plan, step => Math.Ceiling(durations[step.Name] / (30.0 / scale)) * (30.0 / scale)) / critical));
            handOffs.AddRange(plan.Steps.Where(step => step.DependsOn.Count > 0)
                .Select(step => (steps.Rows[step.Name].Started - step.DependsOn.Max(name => steps.Rows[name].Finished)).TotalMilliseconds));
        }

        Figures.Print($"makespan.ratio.{count}", Figures.Percentile(ratios.Select(ratio => ratio.Ours), 0.5), "x");
        Figures.Print($"makespan.sequential.{count}", Figures.Percentile(ratios.Select(ratio => ratio.Sequential), 0.5), "x");
        Figures.Print($"makespan.staged.{count}", Figures.Percentile(ratios.Select(ratio => ratio.Staged), 0.5), "x");
        Figures.Print($"makespan.polled.{count}", Figures.Percentile(ratios.Select(ratio => ratio.Polled), 0.5), "x");
        Figures.Print($"handoff.p50.{count}", Figures.Percentile(handOffs, 0.5), "ms");
        Figures.Print($"handoff.p99.{count}", Figures.Percentile(handOffs, 0.99), "ms");
        await ReadsBenchmark.PrintAsync(installation, count.ToString(CultureInfo.InvariantCulture), count);
    }

    /// <summary>With a target in it and nothing to do, once what is done again and again has been compiled to its end: each after its thirtieth time.</summary>
    public static async Task IdleAsync()
    {
        // On a clock of AWS's own pace: what waits for twenty seconds at AWS would come back three times a second.
        await using var installation = await Installation.StartAsync(scale: 1);
        using (var worker = WorkerProcess.Start(installation))
            await IdleAsync(installation, "idle", worker);
        using var server = WorkerProcess.StartServer(installation);
        await IdleAsync(installation, "idle.hangfire", server);
    }

    private static async Task IdleAsync(Installation installation, string name, WorkerProcess process)
    {
        await Task.Delay(TimeSpan.FromMinutes(4), TimeProvider.System);
        var span = TimeSpan.FromSeconds(90);
        var (cpu, transactions) = (process.Cpu, await TransactionsAsync());
        await Task.Delay(span, TimeProvider.System);
        Figures.Print($"{name}.cpu", 100 * (process.Cpu - cpu) / span, "%-of-a-core");
        Figures.Print($"{name}.memory", process.Memory, "MiB");
        Figures.Print($"{name}.transactions", (await TransactionsAsync() - transactions) / span.TotalSeconds, "a-second");

        async Task<long> TransactionsAsync()
        {
            await using var connection = await installation.Database.OpenConnectionAsync();
            return await connection.ExecuteScalarAsync<long>("select xact_commit + xact_rollback from pg_stat_database where datname = current_database()");
        }
    }

    private static async Task HangfireAsync(Installation installation)
    {
        var storage = JobStorageSettings.Open(installation.ConnectionString, connections: 16);
        using var server = new BackgroundJobServer(new BackgroundJobServerOptions { WorkerCount = 4 }, storage);
        var client = new BackgroundJobClient(storage);
        var waits = new List<double>();
        for (var number = 0; number < 100; number++)
        {
            var asked = Stopwatch.GetTimestamp();
            var ran = Probe.Next();
            client.Enqueue<Probe>(probe => probe.Run());
            waits.Add(TimeSpan.FromTicks((await ran.WaitAsync(s_patience) - asked) * TimeSpan.TicksPerSecond / Stopwatch.Frequency).TotalMilliseconds);
        }

        Figures.Print("handoff.hangfire.p50", Figures.Percentile(waits, 0.5), "ms");
        Figures.Print("handoff.hangfire.p99", Figures.Percentile(waits, 0.99), "ms");
    }

    private static async Task TransitionsAsync(Installation installation)
    {
        const int writers = 32;
        var operations = new List<(Guid Operation, Guid Environment)>();
        await using var connection = await installation.Database.OpenConnectionAsync();
        for (var number = 0; number < writers; number++)
        {
            var id = await installation.ApproveAsync(Samples.Shop($"write-{number}", $"10.{number}.0.0/16"));
            operations.Add((await connection.ExecuteScalarAsync<Guid>("select id from operations where environment_id = @id", new { id }), id));
        }

        // Turn about, and in both orders, so that what the machine does meanwhile falls on all three, and what is compiled or cached first on none.
        var live = installation.Services.GetRequiredService<Transactions>();
        var silent = new Transactions(installation.Database, new Announcer((_, _) => Task.CompletedTask, TimeProvider.System, NullLogger<Announcer>.Instance));
        await using var owner = new NpgsqlConnection(installation.SuperuserConnectionString);
        var body = await owner.ExecuteScalarAsync<string>("select pg_get_functiondef(oid) from pg_proc where proname = 'append_event'");
        var (told, untold, notified) = (0.0, 0.0, 0.0);
        const int rounds = 4;
        await WriteAsync(installation, live, operations);
        for (var round = 0; round < rounds; round++)
        {
            Func<Task>[] turns = [ToldAsync, UntoldAsync, NotifiedAsync];
            foreach (var turn in round % 2 == 0 ? turns : turns.Reverse())
                await turn();
        }

        async Task ToldAsync() => told += await HeardAsync(installation, () => WriteAsync(installation, live, operations));

        async Task UntoldAsync() => untold += await WriteAsync(installation, silent, operations);

        async Task NotifiedAsync()
        {
            await owner.ExecuteAsync(body!.Replace("return new_revision;", $"perform pg_notify('{Channels.Event}', for_environment || ':' || new_revision); return new_revision;", StringComparison.Ordinal));
            notified += await HeardAsync(installation, () => WriteAsync(installation, silent, operations));
            await owner.ExecuteAsync(body);
        }

        Figures.Print("transitions.live", told / rounds, "a-second");
        Figures.Print("transitions.silent", untold / rounds, "a-second");
        Figures.Print("transitions.notify", notified / rounds, "a-second");
        Figures.Print("transitions.ratio", told / untold, "x");
        Figures.Print("transitions.ratio.notify", notified / untold, "x");
    }

    /// <summary>With somebody who listens, as a portal does.</summary>
    private static async Task<double> HeardAsync(Installation installation, Func<Task<double>> write)
    {
        await using var listener = await installation.Database.OpenConnectionAsync();
        await listener.ExecuteAsync($"listen {Channels.Event}");
        using var stop = new CancellationTokenSource();
        var listening = ListenAsync(listener, stop.Token);
        var figure = await write();
        await stop.CancelAsync();
        await listening;
        return figure;
    }

    private static async Task ListenAsync(NpgsqlConnection listener, CancellationToken stop)
    {
        try
        {
            while (true)
                await listener.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            // The round is over.
        }
    }

    private static async Task<double> WriteAsync(Installation installation, Transactions transactions, List<(Guid Operation, Guid Environment)> operations)
    {
        var lifecycle = installation.Services.GetRequiredService<Lifecycle>();
        var span = TimeSpan.FromSeconds(5);
        var began = Stopwatch.GetTimestamp();
        var written = await Task.WhenAll(operations.Select(async one =>
        {
            var count = 0;
            while (Stopwatch.GetElapsedTime(began) < span)
            {
                var move = new StepMove(one.Operation, StepNames.Iam, StepState.Running, Attempt: ++count);
                var said = new NewEvent(Actor.System, one.Environment, one.Operation, StepNames.Iam, "step.retried", EventSeverity.Info, "Again");
                await transactions.DoAsync(work => work.DoAsync(lifecycle.Move(work, move, said)), CancellationToken.None);
            }

            return count;
        }));
        return written.Sum() / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<Finished> FinishedAsync(Installation installation, Guid environment)
    {
        await installation.ReadyAsync(environment, s_patience);
        await using var connection = await installation.Database.OpenConnectionAsync();
        var (id, plan, created, finished) = await connection.QuerySingleAsync<(Guid, string, DateTime, DateTime)>(
            "select id, plan::text, created_at, finished_at from operations where environment_id = @environment", new { environment });
        var rows = await connection.QueryAsync<(string Name, DateTime Started, DateTime Finished)>("select name, started_at, finished_at from steps where operation_id = @id", new { id });
        return new Finished(Plan.FromJson(plan), (finished - created).TotalSeconds, rows.ToDictionary(row => row.Name, row => (row.Started, row.Finished), StringComparer.Ordinal));
    }

    /// <summary>Of a stack what the emulator took from the call to the end; of everything else what the step took: helm's own work is not the engine's.</summary>
    private static async Task<Dictionary<string, double>> DurationsAsync(Installation installation, Finished finished)
    {
        var asked = (await installation.LedgerAsync("kind=request&service=cloudformation&action=CreateStack")).GroupBy(entry => entry.Subject).ToDictionary(group => group.Key, group => group.Min(entry => entry.At), StringComparer.Ordinal);
        var made = (await installation.LedgerAsync("kind=effect&service=cloudformation&action=CREATE_COMPLETE")).GroupBy(entry => entry.Subject).ToDictionary(group => group.Key, group => group.Max(entry => entry.At), StringComparer.Ordinal);
        return finished.Plan.Steps.ToDictionary(
            step => step.Name,
            step => asked.TryGetValue(step.Subject, out var from) && made.TryGetValue(step.Subject, out var to)
                ? (to - from).TotalSeconds
                : (finished.Rows[step.Name].Finished - finished.Rows[step.Name].Started).TotalSeconds,
            StringComparer.Ordinal);
    }

    private static double Critical(Plan plan, Func<PlannedStep, double> seconds)
    {
        var finish = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var step in plan.Steps)
            finish[step.Name] = step.DependsOn.Select(name => finish[name]).DefaultIfEmpty(0).Max() + seconds(step);
        return finish.Values.Max();
    }

    /// <summary>As engines with stages have it: a stage begins when all of the stage before is done.</summary>
    private static IEnumerable<IGrouping<int, PlannedStep>> Stages(Plan plan)
    {
        var level = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var step in plan.Steps)
            level[step.Name] = step.DependsOn.Select(name => level[name] + 1).DefaultIfEmpty(0).Max();
        return plan.Steps.GroupBy(step => level[step.Name]);
    }

    private sealed record Finished(Plan Plan, double Makespan, Dictionary<string, (DateTime Started, DateTime Finished)> Rows);

    /// <summary>A job that says when it ran.</summary>
    public sealed class Probe
    {
        private static TaskCompletionSource<long> s_ran = new();

        public static Task<long> Next() => (s_ran = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

#pragma warning disable CA1822 // Hangfire calls instances.
        public void Run() => s_ran.TrySetResult(Stopwatch.GetTimestamp());
#pragma warning restore CA1822
    }
}
