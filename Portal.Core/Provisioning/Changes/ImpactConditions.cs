using System.Globalization;
using System.Text.Json.Nodes;

namespace Portal.Core.Provisioning.Changes;

/// <summary>Whether a change meets a condition of update-behaviour.yaml. What cannot be told meets it, because the condition leads to the worst case.</summary>
internal static class ImpactConditions
{
    public static bool Holds(ImpactCondition condition, JsonNode? before, JsonNode? after) => condition switch
    {
        ImpactCondition.Decreases => Numbers(before) is not { } old || Numbers(after) is not { } next || Compare(next, old) < 0,
        ImpactCondition.NotNext => Numbers(before) is not [var major, var minor] || Numbers(after) is not [var newMajor, var newMinor] || newMajor != major || newMinor != minor + 1,
        ImpactCondition.Disjoint => before is not JsonArray old || after is not JsonArray next || !old.Any(item => Has(next, item)),
        ImpactCondition.ElementChanges => before is not JsonArray old || after is not JsonArray next || old.Any(item => !Has(next, item)),
        ImpactCondition.Zero => Symbols.Text(before) is not { } old || Symbols.Text(after) is not { } next || old == "0" || next == "0",
        _ => true,
    };

    private static bool Has(JsonArray list, JsonNode? item) => list.Any(other => JsonNode.DeepEquals(other, item));

    // "20", "0.5" or "17.5": parts are compared one by one, which is right for versions and good enough for whole numbers.
    private static List<long>? Numbers(JsonNode? value)
    {
        var parts = Symbols.Text(value)?.Split('.').Select(part => long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1).ToList();
        return parts is null || parts.Contains(-1) ? null : parts;
    }

    // 17 to 17.5 is no decrease, and neither is 17.5 to 17: the major version alone lets AWS keep the minor one.
    private static int Compare(List<long> left, List<long> right) =>
        left.Zip(right).Select(pair => pair.First.CompareTo(pair.Second)).FirstOrDefault(order => order != 0);
}
