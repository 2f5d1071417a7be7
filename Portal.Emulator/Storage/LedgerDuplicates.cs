namespace Portal.Emulator.Storage;

/// <summary>Something that was made while an earlier one of it was still there.</summary>
/// <param name="What">A resource of a stack, or a Kubernetes object.</param>
public sealed record Duplicate(string Service, string What, DateTimeOffset At, long LedgerId);

/// <summary>Answers "was anything made twice?" from the ledger's effects.</summary>
internal static class LedgerDuplicates
{
    /// <summary>Ends the detail of a creation that stands in for an earlier one on purpose.</summary>
    public const string Replacement = " as a replacement";

    public static IReadOnlyList<Duplicate> Find(IEnumerable<LedgerEntry> effects)
    {
        var (there, twice) = (new Dictionary<(string, string), int>(), new List<Duplicate>());
        foreach (var effect in effects)
        {
            var replaces = effect.Detail?.EndsWith(Replacement, StringComparison.Ordinal) == true;
            var key = (effect.Service, What(effect));
            if (effect.Action == "create")
            {
                there[key] = there.GetValueOrDefault(key) + 1;
                if (there[key] > 1 && !replaces)
                    twice.Add(new Duplicate(effect.Service, key.Item2, effect.At, effect.Id));
            }
            else if (effect.Action is "delete" or "retain")
            {
                there[key] = Math.Max(0, there.GetValueOrDefault(key) - 1);
            }
        }

        return twice;
    }

    /// <summary>Identifiers differ when something is made twice, so names count: of the resource in its stack, of the load balancer, of the object.</summary>
    private static string What(LedgerEntry effect)
    {
        if (effect.Detail?.StartsWith("AWS::", StringComparison.Ordinal) == true)
            return effect.Detail.Split(' ') is [var type, var place, ..] ? $"{type} {place}" : effect.Detail;
        return effect.Service == "elasticloadbalancing" ? effect.Subject[..effect.Subject.LastIndexOf('/')] : effect.Subject;
    }
}
