using Portal.Core.Catalog;
using Portal.Core.Specifications;

namespace Portal.Core.Imports;

/// <summary>Whom a service calls, and which stores it gets in the place of those that the file runs.</summary>
internal sealed class FoundLinks(ImportedWorkload workload)
{
    private readonly Dictionary<string, (string Name, DataStore Store)> _named = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Owner, string Name)> _shared = new(StringComparer.Ordinal);

    public bool IsOf(ImportedWorkload other) => other == workload;

    public HashSet<ImportedWorkload> Callees { get; } = [];

    /// <summary>What of the file became which of its stores.</summary>
    public Dictionary<ImportedWorkload, string> Stores { get; } = [];

    public List<Variable> Variables { get; } = [];

    /// <summary>Those that are its own.</summary>
    public IReadOnlyList<StoreSpecification> Own => [.. _named.Where(one => !_shared.ContainsKey(one.Key)).Select(one => new StoreSpecification { Name = one.Value.Name, Type = one.Value.Store.Id })];

    /// <summary>Those that another service has got.</summary>
    public IReadOnlyList<SharedStoreSpecification> Shared => [.. _shared.Select(one => new SharedStoreSpecification { Name = _named[one.Key].Name, Service = one.Value.Owner, Store = one.Value.Name })];

    public void Add(ImportedWorkload other, DataStore store)
    {
        if (!Stores.ContainsKey(other))
            Stores[other] = Add(other.Name, store);
    }

    /// <summary>What was found to be a store of this service is another one's, which calls it by that name.</summary>
    public void Share(ImportedWorkload store, string owner, string name) => _shared[store.Name] = (owner, name);

    /// <returns>Name of the store: the first has its settings without one.</returns>
    public string Add(string key, DataStore store)
    {
        if (_named.TryGetValue(key, out var known))
            return known.Name;
        var name = _named.Count == 0 ? "" : store.Name;
        for (var number = 2; name.Length > 0 && _named.Values.Any(one => one.Name == name); number++)
            name = $"{store.Name}{number}";
        _named[key] = (name, store);
        return name;
    }

    /// <summary>The reference to that setting of a store, without its <c>${}</c>; null where it gives nothing of the kind.</summary>
    /// <param name="ending">For example HOST.</param>
    public string? Reference(string name, params string[] ending)
    {
        var store = _named.Values.FirstOrDefault(one => one.Name == name).Store;
        var setting = ending.Select(end => store?.Settings.Keys.FirstOrDefault(key => key == end || key.EndsWith("_" + end, StringComparison.Ordinal))).FirstOrDefault(key => key is not null);
        return setting is null ? null : name.Length == 0 ? $"store.{setting}" : $"store.{name}.{setting}";
    }

    /// <summary>The name of the store that a Score resource became.</summary>
    public string? NameOf(string resource) => workload.Stores.ContainsKey(resource) && _named.TryGetValue(resource, out var one) ? one.Name : null;
}
