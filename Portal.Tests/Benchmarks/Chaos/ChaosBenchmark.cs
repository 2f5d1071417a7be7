using System.Diagnostics;

namespace Portal.Benchmarks.Chaos;

/// <summary>The whole of it: hundreds of kills, and what else goes wrong in a year; fails where anything is not as it has to be.</summary>
internal static class ChaosBenchmark
{
    /// <returns>How much is not as it has to be.</returns>
    public static async Task<int> RunAsync(int kills, int seed, string? logs)
    {
        var began = Stopwatch.GetTimestamp();
        await using var run = await ChaosRun.StartAsync(new ChaosOptions(kills, seed, Others: Math.Max(1, kills / 40), People: 4, Pause: TimeSpan.FromSeconds(6), Frozen: TimeSpan.FromSeconds(30))
        {
            IsMeasured = true,
            Logs = logs,
        });
        var done = 0;
        await run.RunAsync(act => Console.Error.WriteLine($"{TimeProvider.System.GetUtcNow():HH:mm:ss} {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s, {++done}: {act}, {run.Report.Broken.Count} broken"));
        var report = run.Report;
        foreach (var line in report.Slow.Concat(report.Broken))
            Console.Error.WriteLine(line);
        Figures.Print("chaos.seed", seed, "");
        foreach (var (name, count) in report.Counts.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            Figures.Print($"chaos.{name}", count, "");
        foreach (var (name, seconds) in report.Seconds.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            Print(name, seconds);
        var recoveries = new[] { "recovery.worker", "recovery.postgres" }.SelectMany(name => report.Seconds.GetValueOrDefault(name) ?? []).ToList();
        Print("recovery", recoveries);
        Figures.Print("chaos.broken", report.Broken.Count, "");
        Figures.Print("chaos.time", Stopwatch.GetElapsedTime(began).TotalSeconds, "s");
        return report.Broken.Count + (Figures.Percentile(recoveries, 0.95) > ChaosRun.Slow.TotalSeconds ? 1 : 0);
    }

    private static void Print(string name, IReadOnlyCollection<double> seconds)
    {
        Figures.Print($"chaos.{name}.p50", Figures.Percentile(seconds, 0.5), "s");
        Figures.Print($"chaos.{name}.p95", Figures.Percentile(seconds, 0.95), "s");
        Figures.Print($"chaos.{name}.most", seconds.Max(), "s");
    }
}
