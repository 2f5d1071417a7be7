using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Portal.Emulator.Kubernetes.Storage;

/// <summary>Label selectors, as query text (<c>a=b,c in (d,e),!f</c>) and as objects (matchLabels, matchExpressions).</summary>
internal sealed partial class LabelSelector
{
    public static readonly LabelSelector Everything = new([]);

    private readonly IReadOnlyList<Requirement> _requirements;

    private LabelSelector(IReadOnlyList<Requirement> requirements) => _requirements = requirements;

    private enum Operator
    {
        In,
        NotIn,
        Exists,
        DoesNotExist,
    }

    public bool Matches(IReadOnlyDictionary<string, string> labels) => _requirements.All(requirement => requirement.Matches(labels));

    /// <summary>A meta/v1 LabelSelector; a plain map (as a Service has it) is taken with <see cref="OfMap"/>.</summary>
    public static LabelSelector Parse(JsonObject? selector)
    {
        var requirements = selector.Texts("matchLabels").Select(pair => new Requirement(pair.Key, Operator.In, [pair.Value])).ToList();
        foreach (var expression in selector.Items("matchExpressions"))
        {
            var values = expression.Array("values")?.Select(value => value?.GetValue<string>() ?? "").ToArray() ?? [];
            requirements.Add(new Requirement(expression.Text("key") ?? "", Enum.Parse<Operator>(expression.Text("operator") ?? ""), values));
        }

        return new LabelSelector(requirements);
    }

    public static LabelSelector OfMap(IReadOnlyDictionary<string, string> labels) =>
        new([.. labels.Select(pair => new Requirement(pair.Key, Operator.In, [pair.Value]))]);

    public static LabelSelector Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return Everything;

        var requirements = new List<Requirement>();
        foreach (var part in Commas().Split(text).Select(part => part.Trim()).Where(part => part.Length > 0))
        {
            var match = Term().Match(part);
            if (!match.Success)
                throw ApiException.BadRequest($"unable to parse requirement: found '{part}'");

            requirements.Add(Requirement.Of(match));
        }

        return new LabelSelector(requirements);
    }

    [GeneratedRegex(@",(?![^(]*\))", RegexOptions.None, 1000)]
    private static partial Regex Commas();

    [GeneratedRegex(@"^(?<not>!)?\s*(?<key>[A-Za-z0-9._/-]+)\s*((?<op>==|=|!=)\s*(?<value>[A-Za-z0-9._-]*)|\s(?<set>in|notin)\s*\((?<values>[^)]*)\))?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Term();

    private sealed record Requirement(string Key, Operator Operator, string[] Values)
    {
        public static Requirement Of(Match match)
        {
            var key = match.Groups["key"].Value;
            if (match.Groups["op"].Success)
                return new Requirement(key, match.Groups["op"].Value == "!=" ? Operator.NotIn : Operator.In, [match.Groups["value"].Value]);
            if (match.Groups["set"].Success)
            {
                var values = match.Groups["values"].Value.Split(',', StringSplitOptions.TrimEntries);
                return new Requirement(key, match.Groups["set"].Value == "in" ? Operator.In : Operator.NotIn, values);
            }

            return new Requirement(key, match.Groups["not"].Success ? Operator.DoesNotExist : Operator.Exists, []);
        }

        public bool Matches(IReadOnlyDictionary<string, string> labels) => Operator switch
        {
            Operator.In => labels.TryGetValue(Key, out var value) && Values.Contains(value, StringComparer.Ordinal),
            Operator.NotIn => !labels.TryGetValue(Key, out var value) || !Values.Contains(value, StringComparer.Ordinal),
            Operator.Exists => labels.ContainsKey(Key),
            _ => !labels.ContainsKey(Key),
        };
    }
}
