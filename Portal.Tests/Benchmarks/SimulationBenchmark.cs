using System.Diagnostics;
using Portal.Core.Provisioning;
using Portal.Tests.Simulation;

namespace Portal.Benchmarks;

/// <summary>Many seeds of the simulation of the engine; one that fails is run again with its trace, and replays by its number alone.</summary>
internal static class SimulationBenchmark
{
    private const int MostTraced = 3;
    private const int LastLines = 200;

    /// <returns>How many seeds fail.</returns>
    public static int Run(int seeds, int first)
    {
        var watch = Stopwatch.StartNew();
        var (gate, failed) = (new Lock(), new List<int>());
        var succeeded = new SortedDictionary<OperationKind, long>();
        long without = 0, faults = 0, kills = 0, commits = 0, happened = 0;
        // The pool takes a lock that is waited for as a wish for more threads.
        var cores = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(first, first + seeds, cores, seed =>
        {
            var result = Simulation.Run(seed);
            lock (gate)
            {
                (faults, kills, commits, happened) = (faults + result.Faults, kills + result.Kills, commits + result.Commits, happened + result.Happened);
                without += result.WaysBackWithout;
                foreach (var kind in result.Succeeded)
                    succeeded[kind] = succeeded.GetValueOrDefault(kind) + 1;
                if (result.Violation is null)
                    return;
                failed.Add(seed);
                Console.Error.WriteLine($"Seed {seed}: {result.Violation}");
            }
        });
        foreach (var seed in failed.Order().Take(MostTraced))
        {
            var traced = Simulation.Run(seed, isTraced: true);
            foreach (var line in traced.Trace.TakeLast(seeds == 1 ? int.MaxValue : LastLines))
                Console.Error.WriteLine(line);
            Console.Error.WriteLine($"{traced.Violation} Replay: dotnet run -c Release --project Portal.Tests/Benchmarks -- simulate 1 {seed}");
        }

        Figures.Print("simulate.seeds", seeds, "");
        Figures.Print("simulate.failed", failed.Count, "");
        Figures.Print("simulate.faults", faults, "");
        Figures.Print("simulate.kills", kills, "");
        Figures.Print("simulate.commits", commits, "");
        Figures.Print("simulate.events", happened, "");
        foreach (var (kind, count) in succeeded)
            Figures.Print($"simulate.succeeded.{kind.ToString().ToLowerInvariant()}", count, "");
        Figures.Print("simulate.waysBackWithout", without, "");
        Figures.Print("simulate.time", watch.Elapsed.TotalSeconds, "s");
        return failed.Count;
    }
}
