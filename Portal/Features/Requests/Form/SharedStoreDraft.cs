using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

/// <summary>A store of another service, as chosen. Whose it is, is found by the store's key, so that service and store may get other names.</summary>
public sealed class SharedStoreDraft
{
    /// <summary><see cref="StoreDraft.Key"/> of the store.</summary>
    public int Store { get; set; }

    public string Name { get; set; } = "";

    public StoreAccess Access { get; set; } = StoreAccess.Full;

    /// <summary>Null where the store is not there any more.</summary>
    public static (ServiceDraft Owner, StoreDraft Store)? Find(RequestDraft draft, int key) => draft.Services
        .SelectMany(service => service.Stores.Where(store => store.Key == key && key > 0).Select(store => ((ServiceDraft, StoreDraft)?)(service, store))).FirstOrDefault();

    /// <summary>Gives a key to every store that has none, or that of another one.</summary>
    public static void Number(RequestDraft draft)
    {
        var stores = draft.Services.SelectMany(service => service.Stores).ToList();
        var (next, taken) = (stores.Select(store => store.Key)
            // A key that somebody still refers to is not given again: they would have another store without having chosen it.
            .Concat(draft.Services.SelectMany(service => service.SharedStores).Select(shared => shared.Store)).Where(key => key < int.MaxValue - stores.Count).DefaultIfEmpty(0).Max(), new HashSet<int>());
        foreach (var store in stores.Where(store => store.Key < 1 || !taken.Add(store.Key)))
            store.Key = ++next;
    }

    public SharedStoreSpecification Read(RequestDraft draft)
    {
        var found = Find(draft, Store);
        return new() { Name = Name.Trim(), Service = found?.Owner.Name.Trim() ?? "", Store = found?.Store.Name.Trim() ?? "", Access = Access };
    }
}
