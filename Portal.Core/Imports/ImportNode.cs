using System.Globalization;
using Portal.Core.Specifications;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Portal.Core.Imports;

/// <summary>
/// A mapping of somebody else's YAML, read key by key. It remembers which keys were read, so that the rest can be named.
/// Scalars are text, as they stand; a file is small, or it is refused.
/// </summary>
internal sealed class ImportNode
{
    /// <summary>Aliases count each time they are used: a short text can stand for a very long one.</summary>
    private const int MostNodes = 50_000;

    /// <summary>Far beyond what any of the formats has.</summary>
    private const int MostDepth = 100;

    private readonly IReadOnlyDictionary<string, object?> _map;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    private ImportNode(IReadOnlyDictionary<string, object?> map) => _map = map;

    public IEnumerable<string> Keys => _map.Keys;

    /// <summary>Keys that nobody has asked for.</summary>
    public IEnumerable<string> Unread => _map.Keys.Where(key => !_read.Contains(key));

    /// <returns>One entry a document that is a mapping.</returns>
    /// <exception cref="YamlException">It is no YAML, or stands for too much.</exception>
    public static IReadOnlyList<ImportNode> Documents(string text)
    {
        YamlDepth.Check(text, MostDepth);
        var parser = new MergingParser(new Parser(new StringReader(text)));
        var deserializer = new DeserializerBuilder().Build();
        var documents = new List<ImportNode>();
        var left = MostNodes;
        parser.Consume<StreamStart>();
        while (parser.Accept<DocumentStart>(out _))
        {
            if (Tree(deserializer.Deserialize<object?>(parser), depth: 0, ref left) is IReadOnlyDictionary<string, object?> map)
                documents.Add(new ImportNode(map));
        }

        return documents;
    }

    public bool Has(string key) => _map.ContainsKey(key);

    /// <summary>A single value; empty where there is none.</summary>
    public string Text(string key) => Get(key) as string ?? "";

    /// <summary>A whole number that may carry a unit which <paramref name="read"/> knows.</summary>
    public int? Number(string key, Func<string, int?>? read = null) => (read ?? WholeNumber)(Text(key));

    public ImportNode Map(string key) => new(Get(key) as IReadOnlyDictionary<string, object?> ?? new Dictionary<string, object?>());

    /// <summary>The mappings of a list.</summary>
    public IReadOnlyList<ImportNode> Maps(string key) => [.. List(key).OfType<IReadOnlyDictionary<string, object?>>().Select(map => new ImportNode(map))];

    /// <summary>The single values of a list.</summary>
    public IReadOnlyList<string> Texts(string key) => [.. List(key).OfType<string>()];

    /// <summary>Every entry whose value is a mapping.</summary>
    public IEnumerable<(string Key, ImportNode Value)> Entries() =>
        _map.Keys.Select(key => (key, Value: Get(key))).Where(pair => pair.Value is IReadOnlyDictionary<string, object?>).Select(pair => (pair.key, new ImportNode((IReadOnlyDictionary<string, object?>)pair.Value!)));

    /// <summary>Every entry whose value is a single one or nothing.</summary>
    public IEnumerable<(string Key, string? Value)> Scalars() => _map.Keys.Select(key => (key, Value: Get(key))).Where(pair => pair.Value is string or null).Select(pair => (pair.key, pair.Value as string));

    public bool IsList(string key) => _map.GetValueOrDefault(key) is IReadOnlyList<object?>;

    /// <summary>Read, and of no meaning here.</summary>
    public void Ignore(params string[] keys) => _read.UnionWith(keys);

    private IReadOnlyList<object?> List(string key) => Get(key) as IReadOnlyList<object?> ?? [];

    private object? Get(string key)
    {
        _read.Add(key);
        return _map.GetValueOrDefault(key);
    }

    private static int? WholeNumber(string text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static object? Tree(object? value, int depth, ref int left)
    {
        // An alias may stand within what it stands for.
        if (depth > MostDepth)
            throw YamlDepth.TooDeep(MostDepth, at: null);
        if (--left < 0)
            throw new YamlException($"It stands for more than {MostNodes} values. Bring it in parts.");
        switch (value)
        {
            case IDictionary<object, object?> map:
                var entries = new Dictionary<string, object?>(StringComparer.Ordinal);
                foreach (var (key, entry) in map)
                    entries[key.ToString() ?? ""] = Tree(entry, depth + 1, ref left);
                return entries;
            case IList<object?> list:
                var items = new List<object?>(list.Count);
                foreach (var item in list)
                    items.Add(Tree(item, depth + 1, ref left));
                return items;
            default:
                return value?.ToString();
        }
    }
}
