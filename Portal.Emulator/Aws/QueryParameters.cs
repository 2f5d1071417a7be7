namespace Portal.Emulator.Aws;

/// <summary>Parameters of the Query protocol, with its flattened lists and structures (<c>Tags.member.1.Key</c>).</summary>
internal sealed class QueryParameters(IReadOnlyDictionary<string, string> values)
{
    public string? this[string name] => values.TryGetValue(name, out var value) ? value : null;

    public bool Has(string name) => values.ContainsKey(name);

    public string Required(string name) => this[name] is { Length: > 0 } value
        ? value
        : throw AwsException.Validation($"1 validation error detected: Value null at '{char.ToLowerInvariant(name[0])}{name[1..]}' failed to satisfy constraint: Member must not be null");

    public bool Flag(string name) => string.Equals(this[name], "true", StringComparison.OrdinalIgnoreCase);

    public IReadOnlyList<string> List(string name)
    {
        var list = new List<string>();
        while (this[$"{name}.member.{list.Count + 1}"] is { } value)
            list.Add(value);
        return list;
    }

    public IReadOnlyList<QueryParameters> Structures(string name)
    {
        var list = new List<QueryParameters>();
        while (true)
        {
            var prefix = $"{name}.member.{list.Count + 1}.";
            var members = values.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
                .ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value);
            if (members.Count == 0)
                return list;
            list.Add(new QueryParameters(members));
        }
    }
}
