using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using static Portal.Core.Requests.SpecificationValidator;

namespace Portal.Core.Requests;

/// <summary>Which stores of other services one can use, and how.</summary>
internal static class SharedStoreRules
{
    public static void Check(ServiceSpecification service, string at, Specification specification, ServiceCatalog catalog, List<FieldError> errors)
    {
        for (var index = 0; index < Math.Min(service.SharedStores.Count, FieldLimits.Stores); index++)
        {
            var (shared, field) = (service.SharedStores[index], $"{at}.sharedStores[{index}]");
            StoreRules.Name(shared.Name, [.. service.Stores.Select(store => store.Name), .. service.SharedStores.Take(index).Select(other => other.Name)], $"{field}.name", errors);
            if (service.SharedStores.Take(index).Any(other => other.Service == shared.Service && other.Store == shared.Store))
                errors.Add(new($"{field}.store", shared.Store, $"{service.Name} uses {Called(shared)} already. Leave one of the two out."));
            else
                Owner(service, shared, field, specification, catalog, errors);
        }
    }

    /// <summary>A store stays with the service that it was made with: its data would not come along.</summary>
    public static IEnumerable<FieldError> Moved(Specification before, Specification after)
    {
        for (var index = 0; index < after.Services.Count; index++)
        {
            var service = after.Services[index];
            for (var number = 0; number < service.SharedStores.Count; number++)
            {
                var shared = service.SharedStores[number];
                if (UsedStore.Of(service, after).FirstOrDefault(used => used.Owner == shared.Service && used.Store.Name == shared.Store) is { } now && Before(service.Name, now, before, after) is { } was)
                {
                    yield return new($"services[{index}].sharedStores[{number}].service", shared.Service,
                        $"{service.Name} uses {Of(was.Owner, was.Store.Name)} today, which goes with this change; {Of(shared.Service, shared.Store)} would be new and empty. A store does not change hands: leave it with {was.Owner}, or add the new one first, bring the data over, and take the old one away then.");
                }
            }
        }
    }

    // What a service that shares a store which is new used in its place, of the same kind, that is gone. Where the new one was there before, somebody has filled it.
    private static UsedStore? Before(string service, UsedStore now, Specification before, Specification after) =>
        Find(now.Owner, now.Store.Name, before) is null && before.Services.FirstOrDefault(one => one.Name == service) is { } known
            ? UsedStore.Of(known, before).FirstOrDefault(used => used.Store.Type == now.Store.Type && Find(used.Owner, used.Store.Name, after) is null)
            : null;

    private static void Owner(ServiceSpecification service, SharedStoreSpecification shared, string field, Specification specification, ServiceCatalog catalog, List<FieldError> errors)
    {
        var owner = specification.Services.FirstOrDefault(other => other.Name == shared.Service);
        if (shared.Service == service.Name)
            errors.Add(new($"{field}.service", shared.Service, $"{service.Name} has its own stores by itself. Leave it out, or name another service."));
        else if (owner is null)
            errors.Add(new($"{field}.service", shared.Service, shared.Service.Length == 0 ? "The store that it used is gone. Take this one away, and choose another service's store or one of its own." : $"There is no service '{shared.Service}' in this environment whose store could be used. {Others(service, specification)}"));
        else if (owner.SharedStores.FirstOrDefault(other => other.Name == shared.Store) is { } borrowed && Find(owner.Name, shared.Store, specification) is null)
            errors.Add(new($"{field}.store", shared.Store, $"That store is not {owner.Name}'s own: it uses {Called(borrowed)}. Name {borrowed.Service} and its store{(borrowed.Store.Length > 0 ? $" '{borrowed.Store}'" : "")} here as well."));
        else if (Find(owner.Name, shared.Store, specification) is not { } store)
            errors.Add(new($"{field}.store", shared.Store, $"{owner.Name} has no store {(shared.Store.Length > 0 ? $"'{shared.Store}'" : "without a name")}, which {service.Name} uses. Let {service.Name} go of it first, or keep it. {Others(service, specification)}"));
        else if (shared.Access == StoreAccess.ReadOnly && catalog.FindStore(store.Type) is { } kind && !catalog.CanBeRead(kind))
            errors.Add(new($"{field}.access", nameof(StoreAccess.ReadOnly), $"{kind.Title} knows no right to read only: whoever uses it may do everything. Choose full access. {string.Join(", ", catalog.DataStores.Where(catalog.CanBeRead).Select(one => one.Title))} can be read only."));
    }

    private static StoreSpecification? Find(string owner, string store, Specification specification) =>
        specification.Services.FirstOrDefault(service => service.Name == owner)?.Stores.FirstOrDefault(one => one.Name == store);

    private static string Called(SharedStoreSpecification shared) => Of(shared.Service, shared.Store);

    private static string Of(string owner, string store) => $"{owner}'s store{(store.Length > 0 ? $" '{store}'" : "")}";

    private static string Others(ServiceSpecification service, Specification specification)
    {
        var stores = specification.Services.Where(other => other.Name != service.Name).SelectMany(other => other.Stores.Select(store => Of(other.Name, store.Name))).ToList();
        return stores.Count == 0 ? "No other service has a store." : $"There is {string.Join(", ", stores)}.";
    }
}
