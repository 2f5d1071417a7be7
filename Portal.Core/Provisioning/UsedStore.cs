using Portal.Core.Specifications;

namespace Portal.Core.Provisioning;

/// <summary>A store that a service uses: one of its own, or one that another service owns.</summary>
/// <param name="Name">How the using service calls it; empty for plain names of its settings.</param>
/// <param name="Owner">Name of the service that it is made and removed with.</param>
/// <param name="Store">As its owner asks for it.</param>
internal sealed record UsedStore(string Name, string Owner, StoreSpecification Store, StoreAccess Access)
{
    /// <summary>The step that makes it.</summary>
    public string Step => StepNames.Data(Owner, Store.Name);

    /// <summary>Its own first. What is shared with it and is not there is left out: the validator names it.</summary>
    public static IEnumerable<UsedStore> Of(ServiceSpecification service, Specification specification) =>
    [
        .. service.Stores.Select(store => new UsedStore(store.Name, service.Name, store, StoreAccess.Full)),
        .. from shared in service.SharedStores
           where shared.Service != service.Name
           let store = specification.Services.FirstOrDefault(other => other.Name == shared.Service)?.Stores.FirstOrDefault(store => store.Name == shared.Store)
           where store is not null
           select new UsedStore(shared.Name, shared.Service, store, shared.Access),
    ];

    /// <summary>Who uses a store of another service, in the order of the specification.</summary>
    public static IEnumerable<(ServiceSpecification Guest, SharedStoreSpecification Shared)> GuestsOf(string owner, string store, Specification specification) =>
        specification.Services.Where(service => service.Name != owner)
            .SelectMany(service => service.SharedStores.Where(shared => shared.Service == owner && shared.Store == store).Select(shared => (service, shared)));
}
