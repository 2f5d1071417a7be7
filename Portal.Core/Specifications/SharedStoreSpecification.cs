namespace Portal.Core.Specifications;

/// <summary>A store of another service that this one uses too: it is made, paid for and removed with the service that owns it.</summary>
public sealed record SharedStoreSpecification
{
    /// <summary>As <see cref="StoreSpecification.Name"/>: how the settings of this service begin, whatever the owner calls the store.</summary>
    public string Name { get; init; } = "";

    /// <summary>Name of the service that owns it.</summary>
    public required string Service { get; init; }

    /// <summary>What the owner calls it; empty for its store without a name.</summary>
    public string Store { get; init; } = "";

    public StoreAccess Access { get; init; } = StoreAccess.Full;
}

/// <summary>What a service may do with a store of another one.</summary>
public enum StoreAccess
{
    /// <summary>The same as its owner.</summary>
    Full,

    /// <summary>Where the catalogue says that the kind has such a right.</summary>
    ReadOnly,
}
