using System.Collections.ObjectModel;

namespace Portal.Core.Specifications;

/// <summary>One of the stores that a service keeps its data in.</summary>
public sealed record StoreSpecification
{
    /// <summary>
    /// Empty for the one whose settings have their plain names; the others' begin with theirs (<c>CACHE_REDIS_HOST</c> of <c>cache</c>). Names
    /// the store's stack too, whatever stands beside it in the list: a store of another name is another store.
    /// </summary>
    public string Name { get; init; } = "";

    /// <summary>Id in the catalogue.</summary>
    public required string Type { get; init; }

    /// <summary>Values for the parameters that the catalogue gives the store, by their names, for example <c>MaxCapacity</c>.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}
