namespace Portal.Core.Catalog;

/// <summary>How patient a kind of step is by itself: patience.yaml. Real time.</summary>
/// <param name="Attempts">In all.</param>
/// <param name="AwayEvery">How long it takes at most until a target that does not answer is asked again.</param>
/// <param name="AwayLimit">How long such a target is waited for.</param>
public sealed record Patience(int Attempts, TimeSpan FirstDelay, TimeSpan LongestDelay, TimeSpan Timeout, TimeSpan AwayEvery, TimeSpan AwayLimit);

/// <summary>Reads patience.yaml; every kind of step must be in it.</summary>
internal static class PatienceFile
{
    public const string File = "patience.yaml";

    private const int Day = 86_400;

    private static readonly string[] Kinds = ["stack", "release", "wait", "probe"];

    public static Dictionary<string, Patience> Read(CatalogNode file)
    {
        var kinds = file.Map("kinds", (node, _) => One(node));
        foreach (var kind in Kinds.Where(kind => !kinds.ContainsKey(kind)))
            file.Fault("kinds", $"has to have the kind '{kind}'.");
        return kinds;
    }

    private static Patience One(CatalogNode node)
    {
        var (attempts, timeout) = (node.Integer("attempts", 1, 100), Seconds(node, "timeout"));
        var (first, longest) = (Seconds(node, "firstDelay"), Seconds(node, "longestDelay"));
        if (longest < first)
            node.Fault("longestDelay", "is less than firstDelay.");
        var (every, limit) = node.Mapping("away", away => (Seconds(away, "every"), Seconds(away, "limit")), (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)));
        return new Patience(attempts, first, longest, timeout, every, limit);
    }

    private static TimeSpan Seconds(CatalogNode node, string key) => TimeSpan.FromSeconds(node.Integer(key, 1, Day));
}
