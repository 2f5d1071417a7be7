using Portal.Tests.Provisioning;

namespace Portal.Benchmarks;

/// <summary>What is read of CloudFormation for an environment, by the emulator's ledger.</summary>
internal static class ReadsBenchmark
{
    private const double ReadsPerSecond = 5;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(15);
    private static readonly string[] s_reads = ["Describe", "List", "Get"];

    /// <param name="clock">How many simulated seconds pass in a real one: the slower, the less is rounded by what is never quicker than so.</param>
    public static async Task RunAsync(int environments, int clock)
    {
        await using var installation = await Installation.StartAsync(clock);
        using var worker = WorkerProcess.Start(installation);
        await installation.ReadyAsync(await installation.ApproveAsync(Samples.Shop()), s_patience);
        await PrintAsync(installation, "1", 1);
        await PrintWaitersAsync(installation, "1", 1, clock);
        if (environments > 1)
            await LimitedAsync(environments, clock);
    }

    /// <summary>Small environments at once in an account that admits five reads a real second, however fast its clock is.</summary>
    private static async Task LimitedAsync(int environments, int clock)
    {
        await using var installation = await Installation.StartAsync(clock, ReadsPerSecond);
        using var worker = WorkerProcess.Start(installation);
        var ids = new List<Guid>();
        for (var number = 0; number < environments; number++)
        {
            var shop = Samples.Shop($"shop-{number}", $"10.{number}.0.0/16");
            ids.Add(await installation.ApproveAsync(shop with { Services = [shop.Services[^1]] }));
        }

        foreach (var id in ids)
            await installation.ReadyAsync(id, s_patience * 4);
        var name = $"limited.{environments}";
        await PrintAsync(installation, name, environments);
        await PrintWaitersAsync(installation, name, environments, clock);
    }

    /// <summary>What the SDK's waiters would have read, one a stack and every 30 s, of the very stacks that were made, and how much of it the limit had refused.</summary>
    private static async Task PrintWaitersAsync(Installation installation, string name, int environments, int clock)
    {
        var began = (await installation.LedgerAsync("kind=request&service=cloudformation&action=CreateStack")).ToLookup(line => line.Subject, line => line.At);
        var ended = await installation.LedgerAsync("kind=effect&service=cloudformation&action=CREATE_COMPLETE");
        var looks = ended.Where(end => began.Contains(end.Subject)).SelectMany(end => Looks(began[end.Subject].Min(), end.At, TimeSpan.FromSeconds(30.0 / clock))).Order().ToList();
        var (tokens, at, refused) = (2 * ReadsPerSecond, looks[0], 0);
        foreach (var look in looks)
        {
            (tokens, at) = (Math.Min(2 * ReadsPerSecond, tokens + (look - at).TotalSeconds * ReadsPerSecond), look);
            if (tokens < 1)
                refused++;
            else
                tokens--;
        }

        Figures.Print($"reads.{name}.waiters", (double)looks.Count / environments, "an-environment");
        Figures.Print($"reads.{name}.waiters.throttled", refused, "reads");
    }

    private static IEnumerable<DateTimeOffset> Looks(DateTimeOffset began, DateTimeOffset ended, TimeSpan every)
    {
        var look = began;
        do
        {
            look += every;
            yield return look;
        }
        while (look < ended);
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
