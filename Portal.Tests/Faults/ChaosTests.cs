using Portal.Benchmarks;
using Portal.Benchmarks.Chaos;
using Xunit.Abstractions;

namespace Portal.Tests.Faults;

/// <summary>The bounded form of <c>Benchmarks -- chaos</c>.</summary>
public sealed class ChaosTests(ITestOutputHelper output)
{
    private const int Seed = 11;

    [Fact]
    public async Task Programs_KilledFrozenAndRestartedWhilePeopleWork_LoseNothingAndDoNothingTwice()
    {
        await using var run = await ChaosRun.StartAsync(new ChaosOptions(
            Kills: 10, Seed, Others: 1, People: 2, Pause: TimeSpan.FromSeconds(1.2), Frozen: TimeSpan.FromSeconds(4)));

        await run.RunAsync(act => output.WriteLine($"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {act}"));
        foreach (var line in run.Report.Slow)
            output.WriteLine(line);

        run.Report.Broken.ShouldBeEmpty();
        run.Report.Counts["takeovers"].ShouldBeGreaterThan(0);
        run.Report.Seconds["drain.worker"].ShouldAllBe(seconds => seconds < 30);
        // Balancers give up after two seconds; a machine with other work may need some more, where it used to take 25.
        run.Report.Seconds["health.away"].ShouldAllBe(seconds => seconds < 8);
        // The lease of three seconds, and the other worker's next look.
        run.Report.Seconds["takeover.frozen"].ShouldAllBe(seconds => seconds < 15);
    }
}
