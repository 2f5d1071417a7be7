using Portal.Worker.Helm;

namespace Portal.Tests.Worker.Helm;

public sealed class HelmLeftoversTests
{
    // Above Linux's highest process number.
    private const int NoProcess = 2_000_000_000;

    [Fact]
    public async Task StartAsync_FoldersOfAKilledWorker_AreRemoved()
    {
        var parent = Directory.CreateTempSubdirectory("portal-leftovers-");
        try
        {
            var dead = parent.CreateSubdirectory(HelmLeftovers.Prefix(NoProcess) + "abc");
            await File.WriteAllTextAsync(Path.Combine(dead.FullName, "token"), "secret");
            var chart = parent.CreateSubdirectory(HelmLeftovers.ChartPrefix(NoProcess) + "abc");
            await File.WriteAllTextAsync(Path.Combine(chart.FullName, "Chart.yaml"), "name: web");
            var mine = parent.CreateSubdirectory(HelmLeftovers.Prefix(Environment.ProcessId) + "abc");
            var foreign = parent.CreateSubdirectory("portal-helm-notes");

            await new HelmLeftovers(parent.FullName).StartAsync(default);

            Directory.Exists(dead.FullName).ShouldBeFalse();
            Directory.Exists(chart.FullName).ShouldBeFalse();
            Directory.Exists(mine.FullName).ShouldBeTrue();
            Directory.Exists(foreign.FullName).ShouldBeTrue();
        }
        finally
        {
            parent.Delete(recursive: true);
        }
    }
}
