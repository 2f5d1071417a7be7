using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Removes what a deleted owner leaves behind; serves foreground and orphaning deletion.</summary>
internal sealed class GarbageCollector(ControllerContext context) : IController
{
    private readonly ClusterStore _store = context.Store;

    /// <summary>Keys name owners: apiVersion|kind|namespace|name|uid.</summary>
    public IEnumerable<string> Concerned(StoreChange change)
    {
        var document = change.Object;
        if (change.Type == ChangeType.Deleted || (document.IsDeleting() && document.Array("metadata", "finalizers") is { Count: > 0 }))
            yield return $"{document.Text("apiVersion")}|{document.Kind()}|{document.Namespace()}|{document.Name()}|{document.Uid()}";
        if (change.Type == ChangeType.Modified)
            yield break;
        foreach (var owner in document.Items("metadata", "ownerReferences"))
            yield return $"{owner.Text("apiVersion")}|{owner.Text("kind")}|{document.Namespace()}|{owner.Text("name")}|{owner.Text("uid")}";
    }

    public TimeSpan? Reconcile(string key)
    {
        var parts = key.Split('|');
        var (kindName, inNamespace, name, uid) = (parts[1], parts[2], parts[3], parts[4]);
        var kind = _store.AllKinds.FirstOrDefault(item => item.ApiVersion == parts[0] && item.Kind == kindName);
        if (kind is null)
            return null;

        var owner = _store.Find(kind, kind.Namespaced ? inNamespace : null, name);
        if (owner is null || owner.Uid() != uid)
        {
            foreach (var (dependentKind, dependent) in Dependents(kind.Namespaced ? inNamespace : null, uid))
                Release(dependentKind, dependent, uid, Propagation.Background);
        }
        else if (owner.IsDeleting() && owner.HasFinalizer("foregroundDeletion"))
        {
            DeleteInForeground(kind, owner);
        }
        else if (owner.IsDeleting() && owner.HasFinalizer("orphan"))
        {
            foreach (var (dependentKind, dependent) in Dependents(kind.Namespaced ? inNamespace : null, uid))
                Disown(dependentKind, dependent, uid);
            RemoveFinalizer(kind, owner, "orphan");
        }

        return null;
    }

    private void DeleteInForeground(ResourceKind kind, JsonObject owner)
    {
        foreach (var (dependentKind, dependent) in Dependents(kind.Namespaced ? owner.Namespace() : null, owner.Uid()))
        {
            if (!dependent.IsDeleting())
                Release(dependentKind, dependent, owner.Uid(), Propagation.Foreground);
        }

        if (Dependents(kind.Namespaced ? owner.Namespace() : null, owner.Uid()).Count == 0)
            RemoveFinalizer(kind, owner, "foregroundDeletion");
    }

    private void Release(ResourceKind kind, JsonObject dependent, string uid, Propagation propagation)
    {
        var others = dependent.Items("metadata", "ownerReferences").Where(owner => owner.Text("uid") != uid);
        if (others.Any(Exists))
            Disown(kind, dependent, uid);
        else if (!dependent.IsDeleting())
            _store.Delete(kind, dependent.Namespace(), dependent.Name(), new DeleteOptions(propagation, Uid: dependent.Uid()));

        bool Exists(JsonObject owner) =>
            _store.AllKinds.FirstOrDefault(item => item.ApiVersion == owner.Text("apiVersion") && item.Kind == owner.Text("kind")) is { } ownerKind
            && _store.Find(ownerKind, ownerKind.Namespaced ? dependent.Namespace() : null, owner.Text("name") ?? "")?.Uid() == owner.Text("uid");
    }

    private void Disown(ResourceKind kind, JsonObject dependent, string uid) =>
        _store.Update(kind, dependent.Namespace(), dependent.Name(), UpdateScope.All, document =>
        {
            document.Metadata()["ownerReferences"] = document.Items("metadata", "ownerReferences")
                .Where(owner => owner.Text("uid") != uid).Select(owner => (JsonNode?)owner.DeepClone()).ToJsonArray();
            return document;
        });

    private void RemoveFinalizer(ResourceKind kind, JsonObject owner, string finalizer) =>
        _store.Update(kind, owner.Namespace(), owner.Name(), UpdateScope.All, document =>
        {
            document.RemoveFinalizer(finalizer);
            return document;
        });

    private List<(ResourceKind Kind, JsonObject Item)> Dependents(string? inNamespace, string uid) =>
        [.. _store.AllKinds.Where(kind => inNamespace is null || kind.Namespaced).DistinctBy(kind => kind.StorageKey)
            .SelectMany(kind => _store.List(kind, inNamespace).Select(item => (kind, item)))
            .Where(entry => entry.item.Items("metadata", "ownerReferences").Any(owner => owner.Text("uid") == uid))];
}
