using System.Globalization;
using Portal.Benchmarks;
using Portal.Benchmarks.Chaos;

const string usage = """
    Usage: dotnet run -c Release --project Portal.Tests/Benchmarks -- NAME
      approvals [pairs, 1000]                          two people who decide one request at once: what comes of it, and how long they wait
      chaos [kills, 200] [seed, 1] [folder for logs]   kills workers, portal and Postgres, and does worse, while people work: fails where anything is lost, doubled or stuck
      dashboard [environments, 10000]                  lists of an installation that has lived for a while: what the database takes for a page of them,
                [events, 1000000] [--plans]            or how it goes about that
      emulator [pods a cluster, 10]                    what 1,000 stacks and 50 clusters cost
      engine [environments, 20]                        makespan, hand-off and reads of one and of many shops at once, transitions a second, and an idle worker
      makespan [environments, 20] [clock, 60]          the first three of these alone, on a clock that many times as fast as AWS
      transitions, idle                                the last two of these alone
      reads [environments, 50] [clock, 60]             what is read of CloudFormation for a shop, and for many environments at once in an account that admits few reads
      freshness [stacks, 20]                           how long after it happened a change of a stack stands in the database, told of and not
      pages [--portal FOLDER] [--against FOLDER]       what pages cost to load and to keep open: of this checkout or of what was published into
            [--circuits 40] [--loads 9]                --portal's folder, and of another version that was published into --against's, each
            [--no-lighthouse]                          inside its own checkout
      paint [events, 200] [viewers, 100]               from an event's commit until it is painted in a browser, alone and with many who watch the same; a press meanwhile
      ready [starts, 9]                                from a portal's start until it is ready, with a Postgres that runs
      simulate [seeds, 10000] [first, 1]               the engine's simulation: fails where an invariant breaks, with the seed's trace; one seed replays alone
    Prints one figure a line: name, value, unit.
    """;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
switch (args)
{
    case ["approvals", .. var rest]:
        await ApprovalsBenchmark.RunAsync(rest is [var pairs] ? int.Parse(pairs, CultureInfo.InvariantCulture) : 1000);
        return 0;
    case ["chaos", .. var rest]:
        return Math.Min(1, await ChaosBenchmark.RunAsync(
            rest is [var kills, ..] ? int.Parse(kills, CultureInfo.InvariantCulture) : 200, rest is [_, var seed, ..] ? int.Parse(seed, CultureInfo.InvariantCulture) : 1,
            rest is [_, _, var logs] ? Directory.CreateDirectory(logs).FullName : null));
    case ["dashboard", .. var rest]:
        var sizes = rest.Where(word => word != "--plans").Select(word => int.Parse(word, CultureInfo.InvariantCulture)).ToList();
        await DashboardBenchmark.RunAsync(sizes is [var some, ..] ? some : 10_000, sizes is [_, var events] ? events : 1_000_000, rest.Contains("--plans"));
        return 0;
    case ["emulator", .. var rest]:
        using (var benchmark = new EmulatorBenchmark(rest is [var pods] ? int.Parse(pods, CultureInfo.InvariantCulture) : 10))
            await benchmark.RunAsync();
        return 0;
    case ["freshness", .. var rest]:
        await using (var benchmark = await FreshnessBenchmark.StartAsync())
            await benchmark.RunAsync(rest is [var stacks] ? int.Parse(stacks, CultureInfo.InvariantCulture) : 20);
        return 0;
    case ["engine", .. var rest]:
        await EngineBenchmark.RunAsync(rest is [var environments] ? int.Parse(environments, CultureInfo.InvariantCulture) : 20);
        return 0;
    case ["makespan", .. var rest]:
        await EngineBenchmark.RunMakespanAsync(
            rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 20,
            rest.Length > 1 ? int.Parse(rest[1], CultureInfo.InvariantCulture) : 60);
        return 0;
    case ["transitions"]:
        await EngineBenchmark.RunTransitionsAsync();
        return 0;
    case ["idle"]:
        await EngineBenchmark.IdleAsync();
        return 0;
    case ["reads", .. var rest]:
        await ReadsBenchmark.RunAsync(
            rest is [var many, ..] ? int.Parse(many, CultureInfo.InvariantCulture) : 50, rest is [_, var clock] ? int.Parse(clock, CultureInfo.InvariantCulture) : 60);
        return 0;
    case ["hangfire-server", var connectionString]:
        // A baseline of the benchmark above, in a process of its own.
        await EngineBenchmark.ServeAsync(connectionString);
        return 0;
    case ["pages", .. var rest]:
        await PagesBenchmark.RunAsync(PagesOptions.Read(rest));
        return 0;
    case ["paint", .. var rest]:
        await PaintBenchmark.RunAsync(
            rest is [var painted, ..] ? int.Parse(painted, CultureInfo.InvariantCulture) : 200, rest is [_, var viewers] ? int.Parse(viewers, CultureInfo.InvariantCulture) : 100);
        return 0;
    case ["ready", .. var rest]:
        await ReadyBenchmark.RunAsync(rest is [var starts] ? int.Parse(starts, CultureInfo.InvariantCulture) : 9);
        return 0;
    case ["simulate", .. var rest]:
        return Math.Min(1, SimulationBenchmark.Run(
            rest is [var seeds, ..] ? int.Parse(seeds, CultureInfo.InvariantCulture) : 10_000, rest is [_, var first] ? int.Parse(first, CultureInfo.InvariantCulture) : 1));
    default:
        await Console.Error.WriteLineAsync(usage);
        return 1;
}
