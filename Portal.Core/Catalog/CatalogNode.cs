using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Portal.Core.Catalog;

/// <summary>
/// A mapping of a catalogue file, read key by key. What is missing, of the wrong type, out of range or not asked for becomes a fault
/// with its line; the reader gets a value that does no harm and goes on, so that all faults are found at once.
/// </summary>
internal sealed class CatalogNode
{
    private readonly CatalogFaults _faults;
    private readonly YamlMappingNode _mapping;
    private readonly string _path;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    private CatalogNode(CatalogFaults faults, string file, YamlMappingNode mapping, string path)
    {
        (_faults, File, _mapping, _path) = (faults, file, mapping, path);
    }

    public string File { get; }

    /// <summary>Reads a whole file; <paramref name="fallback"/> where it cannot be read.</summary>
    public static T Read<T>(string folder, string file, CatalogFaults faults, Func<CatalogNode, T> read, T fallback)
    {
        try
        {
            var yaml = new YamlStream();
            using (var text = new StreamReader(Path.Combine(folder, file)))
                yaml.Load(text);
            if (yaml.Documents.Count == 1 && yaml.Documents[0].RootNode is YamlMappingNode mapping)
                return new CatalogNode(faults, file, mapping, "").Whole(read);
            faults.AddUnreadable(file, new Mark(0, 1, 1), "the file has to be one mapping of keys to values.");
        }
        catch (YamlException error)
        {
            faults.AddUnreadable(file, error.Start, error.InnerException?.Message ?? error.Message);
        }
        catch (IOException error)
        {
            faults.AddUnreadable(file, new Mark(0, 1, 1), error.Message);
        }

        return fallback;
    }

    /// <param name="pattern">What the text has to match, if anything.</param>
    /// <param name="like">An example, for the message.</param>
    public string Text(string key, string? pattern = null, string like = "", bool empty = false, bool required = true)
    {
        if (Scalar(key, required) is not { } node)
            return "";
        var value = node.Value ?? "";
        if (value.Length == 0 && !empty)
            Fault(node, key, "is empty.");
        else if (value.Length > 0 && pattern is not null && !Regex.IsMatch(value, pattern, RegexOptions.NonBacktracking))
            Fault(node, key, $"is '{value}'; it has to look like {like}.");
        return value;
    }

    /// <summary>Names this entry; unique in the file.</summary>
    public string Id(string key = "id")
    {
        var value = Text(key, "^[a-z][a-z0-9-]*$", "product-service");
        if (value.Length > 0)
            _faults.Declare(File, value, Named(key), _mapping.Children[key].Start);
        return value;
    }

    /// <summary>A name that <paramref name="target"/>, another file, has to have.</summary>
    public string Reference(string key, string target, bool required = true)
    {
        var value = Text(key, required: required);
        if (value.Length > 0)
            _faults.Refer(File, Named(key), target, value, _mapping.Children[key].Start);
        return value;
    }

    public bool Flag(string key)
    {
        if (Scalar(key, required: true) is not { } node)
            return false;
        if (node is { Style: ScalarStyle.Plain, Value: "true" or "false" })
            return node.Value == "true";
        Fault(node, key, $"is '{node.Value}'; it has to be true or false.");
        return false;
    }

    public int Integer(string key, int low, int high) =>
        Scalar(key, required: true) is not { } node ? low
        : node.Style == ScalarStyle.Plain && int.TryParse(node.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? Within(node, key, value, low, high) ? value : low
            : Wrong(node, key, "a whole number", low);

    public decimal? Number(string key, decimal low, decimal high, bool required = true) =>
        Scalar(key, required) is not { } node ? null
        : node.Style == ScalarStyle.Plain && decimal.TryParse(node.Value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            ? Within(node, key, value, low, high) ? value : low
            : Wrong<decimal?>(node, key, "a number", null);

    public Dictionary<string, string> Texts(string key) =>
        Child(key, required: true)?.Whole(child => child.Keys().ToDictionary(name => name, name => child.Text(name, empty: true), StringComparer.Ordinal)) ?? [];

    public T Mapping<T>(string key, Func<CatalogNode, T> read, T fallback) => Child(key, required: true) is { } child ? child.Whole(read) : fallback;

    public Dictionary<string, T> Map<T>(string key, Func<CatalogNode, string, T> read)
    {
        var entries = new Dictionary<string, T>(StringComparer.Ordinal);
        Child(key, required: true)?.Whole(child =>
        {
            foreach (var name in child.Keys())
            {
                if (child.Child(name, required: true) is { } entry)
                    entries[name] = entry.Whole(node => read(node, name));
            }

            return entries;
        });
        return entries;
    }

    public List<T> List<T>(string key, Func<CatalogNode, T> read, bool required = true)
    {
        var entries = new List<T>();
        if (Node(key, required) is not { } node)
            return entries;
        if (node is not YamlSequenceNode sequence)
        {
            Fault(node, key, "has to be a list.");
            return entries;
        }

        foreach (var (index, item) in sequence.Children.Index())
        {
            if (item is YamlMappingNode mapping)
                entries.Add(new CatalogNode(_faults, File, mapping, $"{Named(key)}[{index}]").Whole(read));
            else
                Fault(item, $"{key}[{index}]", "has to be a mapping of keys to values.");
        }

        return entries;
    }

    /// <summary>A list of texts, each of which has to match <paramref name="pattern"/>.</summary>
    public List<string> TextList(string key, string pattern, string like, bool required = true)
    {
        if (Node(key, required) is not { } node)
            return [];
        if (node is not YamlSequenceNode sequence)
        {
            Fault(node, key, "has to be a list.");
            return [];
        }

        foreach (var item in sequence.Children.Where(item => item is not YamlScalarNode { Value: { } text } || !Regex.IsMatch(text, pattern, RegexOptions.NonBacktracking)))
            Fault(item, key, $"has '{item}'; it has to look like {like}.");
        return [.. sequence.Children.OfType<YamlScalarNode>().Select(item => item.Value ?? "")];
    }

    /// <summary>A list of an enumeration's names, in lower case; empty where the key is not there.</summary>
    /// <param name="like">An example, for the message.</param>
    public List<T> Words<T>(string key, string like)
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>().Select(name => name.ToLowerInvariant());
        return [.. TextList(key, $"^({string.Join('|', names)})$", like, required: false).Where(word => Enum.TryParse<T>(word, ignoreCase: true, out _)).Select(word => Enum.Parse<T>(word, ignoreCase: true))];
    }

    /// <summary>This entry can be referred to by that name.</summary>
    public void Declare(string name) => _faults.Declare(File, name, _path, _mapping.Start);

    /// <summary>A fault of the entry, or of one key of it.</summary>
    public void Fault(string key, string text) =>
        Fault(_mapping.Children.TryGetValue(new YamlScalarNode(key), out var node) ? node : _mapping, key, text);

    public bool Has(string key) => _mapping.Children.ContainsKey(new YamlScalarNode(key));

    private T Whole<T>(Func<CatalogNode, T> read)
    {
        var value = read(this);
        foreach (var key in _mapping.Children.Keys.Where(key => key is not YamlScalarNode { Value: { } name } || !_known.Contains(name)))
            _faults.Add(File, key.Start, $"{Named(key.ToString())} is not a key that means anything here; there are {string.Join(", ", _known)}.");
        return value;
    }

    private List<string> Keys() => [.. _mapping.Children.Keys.OfType<YamlScalarNode>().Select(key => key.Value ?? "")];

    private CatalogNode? Child(string key, bool required)
    {
        if (Node(key, required) is not { } node)
            return null;
        if (node is YamlMappingNode mapping)
            return new CatalogNode(_faults, File, mapping, Named(key));
        Fault(node, key, "has to be a mapping of keys to values.");
        return null;
    }

    private YamlScalarNode? Scalar(string key, bool required)
    {
        if (Node(key, required) is not { } node)
            return null;
        if (node is YamlScalarNode scalar)
            return scalar;
        Fault(node, key, "has to be a single value.");
        return null;
    }

    private YamlNode? Node(string key, bool required)
    {
        _known.Add(key);
        if (_mapping.Children.TryGetValue(new YamlScalarNode(key), out var node))
            return node;
        if (required)
            _faults.Add(File, _mapping.Start, $"{Named(key)} is missing.");
        return null;
    }

    private bool Within(YamlNode node, string key, decimal value, decimal low, decimal high)
    {
        if (value >= low && value <= high)
            return true;
        Fault(node, key, string.Create(CultureInfo.InvariantCulture, $"is {value}; it has to be {low} to {high}."));
        return false;
    }

    private T Wrong<T>(YamlScalarNode node, string key, string what, T fallback)
    {
        Fault(node, key, $"is '{node.Value}'{(node.Style == ScalarStyle.Plain ? "" : ", in quotes")}; it has to be {what}.");
        return fallback;
    }

    private void Fault(YamlNode node, string key, string text) => _faults.Add(File, node.Start, $"{Named(key)} {text}");

    private string Named(string key) => _path.Length == 0 ? key : $"{_path}.{key}";
}
