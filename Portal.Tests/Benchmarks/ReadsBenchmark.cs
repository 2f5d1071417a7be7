using Portal.Tests.Provisioning;

namespace Portal.Benchmarks;

/// <summary>What is read of CloudFormation for an environment, by the emulator's ledger.</summary>
internal static class ReadsBenchmark
{
    private const int Scale = 60;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(15);
    private static readonly string[] s_reads = ["Describe", "List", "Get"];

    public static async Task RunAsync(int environments)
    {
        await using var installation = await Installation.StartAsync(Scale);
        using var worker = WorkerProcess.Start(installation);
        await installation.ReadyAsync(await installation.ApproveAsync(Samples.Shop()), s_patience);
        await PrintAsync(installation, "1", 1);
    }

    public static async Task PrintAsync(Installation installation, string name, int environments)
    {
        var reads = (await installation.LedgerAsync("kind=request&service=cloudformation")).Where(line => s_reads.Any(verb => line.Action.StartsWith(verb, StringComparison.Ordinal))).ToList();
        Figures.Print($"reads.{name}", (double)reads.Count / environments, "an-environment");
        foreach (var action in reads.GroupBy(line => line.Action == "DescribeStacks" && line.Subject.Length == 0 ? "lists" : line.Action).OrderBy(group => group.Key, StringComparer.Ordinal))
            Figures.Print($"reads.{name}.{action.Key}", (double)action.Count() / environments, "an-environment");
        Figures.Print($"reads.{name}.throttled", reads.Count(line => line.Detail == "Throttling"), "reads");
    }
}
