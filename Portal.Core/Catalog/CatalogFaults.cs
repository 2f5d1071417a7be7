using YamlDotNet.Core;

namespace Portal.Core.Catalog;

/// <summary>Everything that is wrong with the catalogue, each with file and line, and what refers to what across its files.</summary>
internal sealed class CatalogFaults
{
    private readonly List<(string File, Mark At, string Text)> _faults = [];
    private readonly Dictionary<string, Dictionary<string, Mark>> _declared = new(StringComparer.Ordinal);
    private readonly List<(string File, Mark At, string What, string Target, string Name)> _references = [];
    private readonly HashSet<string> _unreadable = new(StringComparer.Ordinal);

    public void Add(string file, Mark at, string text) => _faults.Add((file, at, text));

    /// <summary>The file as a whole: nothing that refers to it is blamed as well.</summary>
    public void AddUnreadable(string file, Mark at, string text)
    {
        _unreadable.Add(file);
        Add(file, at, text);
    }

    /// <summary>Something of that name is in the file; a second one is a fault.</summary>
    public void Declare(string file, string name, string what, Mark at)
    {
        if (!_declared.TryGetValue(file, out var names))
            _declared[file] = names = new Dictionary<string, Mark>(StringComparer.Ordinal);
        if (names.TryGetValue(name, out var first))
            Add(file, at, $"{what} '{name}' is there already, in line {first.Line}.");
        else
            names[name] = at;
    }

    /// <summary><paramref name="what"/> names something that <paramref name="target"/>, another file, has to have.</summary>
    public void Refer(string file, string what, string target, string name, Mark at) => _references.Add((file, at, what, target, name));

    /// <exception cref="InvalidDataException">There are faults; the message lists all of them, by file and line.</exception>
    public void ThrowIfAny()
    {
        foreach (var (file, at, what, target, name) in _references.Where(reference => !_unreadable.Contains(reference.Target)))
        {
            if (!_declared.TryGetValue(target, out var names) || !names.ContainsKey(name))
                Add(file, at, $"{what} names '{name}', which {target} does not have.");
        }

        if (_faults.Count == 0)
            return;
        var lines = _faults.OrderBy(fault => fault.File, StringComparer.Ordinal).ThenBy(fault => fault.At.Line).ThenBy(fault => fault.At.Column)
            .Select(fault => $"{fault.File}({fault.At.Line},{fault.At.Column}): {fault.Text}");
        throw new InvalidDataException("The catalogue cannot be used:\n" + string.Join('\n', lines));
    }
}
