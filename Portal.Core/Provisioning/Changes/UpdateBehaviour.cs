using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Portal.Core.Provisioning.Changes;

/// <summary>Templates/catalog/update-behaviour.yaml: what CloudFormation does when a property changes. The file documents its format.</summary>
public sealed class UpdateBehaviour
{
    public const string FileName = "update-behaviour.yaml";

    private readonly Dictionary<string, TypeBehaviour> _types;

    private UpdateBehaviour(Dictionary<string, TypeBehaviour> types) => _types = types;

    /// <param name="folder">Templates/catalog.</param>
    /// <exception cref="InvalidDataException">The file is missing or wrong; the message lists every fault.</exception>
    public static UpdateBehaviour Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new InvalidDataException($"{FileName} is missing in {folder}.");
        try
        {
            var file = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).WithEnforceRequiredMembers().Build()
                .Deserialize<BehaviourFile>(File.ReadAllText(path));
            var faults = file.Types.SelectMany(type => type.Value.Faults(type.Key, file.Sources)).ToList();
            return faults.Count == 0 ? new UpdateBehaviour(file.Types) : throw new InvalidDataException($"{FileName} cannot be used:\n{string.Join('\n', faults)}");
        }
        catch (YamlException error)
        {
            throw new InvalidDataException($"{FileName}({error.Start.Line},{error.Start.Column}): {error.InnerException?.Message ?? error.Message}", error);
        }
    }

    public bool Knows(string type) => _types.ContainsKey(type);

    public bool Knows(string type, string property) => _types.TryGetValue(type, out var behaviour) && behaviour.Knows(property);

    /// <exception cref="InvalidDataException">The file does not have the type.</exception>
    public TypeBehaviour Of(string type) => _types.TryGetValue(type, out var behaviour)
        ? behaviour
        : throw new InvalidDataException($"{FileName} does not have {type}.");

    private sealed class BehaviourFile
    {
        public Dictionary<string, string> Sources { get; init; } = [];

        public Dictionary<string, TypeBehaviour> Types { get; init; } = [];
    }
}

public sealed class TypeBehaviour
{
    private Dictionary<string, ConditionalImpact>? _byPath;

    public string? Noun { get; init; }

    public string? Holds { get; init; }

    public string? HoldsNothingWith { get; init; }

    public string? Effect { get; init; }

    public string? Removal { get; init; }

    public List<string> Identity { get; init; } = [];

    public bool DeletesFirst { get; init; }

    public bool HeldByUse { get; init; }

    public List<string> None { get; init; } = [];

    public List<string> Some { get; init; } = [];

    public List<string> Replacement { get; init; } = [];

    public Dictionary<string, ConditionalImpact> Conditional { get; init; } = [];

    public Dictionary<string, List<string>> Attributes { get; init; } = [];

    public bool Knows(string property) => ByPath.Keys.Any(path => path == property || path.StartsWith(property + ".", StringComparison.Ordinal));

    /// <summary>The impact of a change at <paramref name="path"/>, by the longest path that names it or one around it.</summary>
    /// <exception cref="InvalidDataException">The file does not have the property.</exception>
    public PropertyChange Assess(string type, string path, JsonNode? before, JsonNode? after)
    {
        for (var known = path; ; known = known[..known.LastIndexOf('.')])
        {
            if (ByPath.TryGetValue(known, out var entry))
                return new PropertyChange(path, entry.Decide(before, after), entry.Note);
            if (!known.Contains('.', StringComparison.Ordinal))
                throw new InvalidDataException($"{UpdateBehaviour.FileName} does not have {known} of {type}.");
        }
    }

    internal IEnumerable<string> Faults(string type, IReadOnlyDictionary<string, string> sources)
    {
        foreach (var path in None.Concat(Some).Concat(Replacement).Concat(Conditional.Keys).GroupBy(path => path).Where(group => group.Count() > 1))
            yield return $"{type}: {path.Key} is there twice.";
        foreach (var (path, entry) in Conditional)
        {
            if (!sources.ContainsKey(entry.Source))
                yield return $"{type}.{path}: '{entry.Source}' is not one of the sources.";
            if (entry.When is null != entry.Otherwise is null)
                yield return $"{type}.{path}: 'when' and 'otherwise' go together.";
        }
    }

    private Dictionary<string, ConditionalImpact> ByPath => _byPath ??= new Dictionary<string, ConditionalImpact>(
        Entries(None, Impact.None).Concat(Entries(Some, Impact.Some)).Concat(Entries(Replacement, Impact.Replacement)).Concat(Conditional), StringComparer.Ordinal);

    private static IEnumerable<KeyValuePair<string, ConditionalImpact>> Entries(List<string> paths, Impact impact) =>
        paths.Select(path => KeyValuePair.Create(path, new ConditionalImpact { Impact = impact }));
}

public sealed class ConditionalImpact
{
    public Impact Impact { get; init; }

    public Impact? Otherwise { get; init; }

    public ImpactCondition? When { get; init; }

    public string Source { get; init; } = "";

    public string? Note { get; init; }

    internal Impact Decide(JsonNode? before, JsonNode? after) =>
        When is { } condition && !ImpactConditions.Holds(condition, before, after) ? Otherwise ?? Impact : Impact;
}

public enum ImpactCondition
{
    Decreases,
    NotNext,
    Disjoint,
    ElementChanges,
    Zero,
}
