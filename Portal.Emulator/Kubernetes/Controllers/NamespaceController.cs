using System.Text;
using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Gives a namespace its default objects, and empties it when it is deleted.</summary>
internal sealed class NamespaceController(ControllerContext context, string certificateAuthority) : IController
{
    private readonly ClusterStore _store = context.Store;

    public IEnumerable<string> Concerned(StoreChange change)
    {
        if (change.Kind == Kinds.Namespace && change.Type != ChangeType.Deleted)
            yield return change.Object.Name();
        else if (change.Kind.Namespaced && change.Type == ChangeType.Deleted)
            yield return change.Object.Namespace();
    }

    public TimeSpan? Reconcile(string key)
    {
        if (_store.Find(Kinds.Namespace, null, key) is not { } space)
            return null;
        if (space.IsDeleting())
            Empty(space);
        else
            Furnish(key);
        return null;
    }

    private void Furnish(string name)
    {
        if (_store.Find(Kinds.ServiceAccount, name, "default") is null)
            _store.Create(Kinds.ServiceAccount, new JsonObject { ["metadata"] = new JsonObject { ["name"] = "default", ["namespace"] = name } });
        if (_store.Find(Kinds.ConfigMap, name, "kube-root-ca.crt") is null)
        {
            _store.Create(Kinds.ConfigMap, new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = "kube-root-ca.crt", ["namespace"] = name },
                ["data"] = new JsonObject { ["ca.crt"] = Encoding.UTF8.GetString(Convert.FromBase64String(certificateAuthority)) },
            });
        }
    }

    private void Empty(JsonObject space)
    {
        var name = space.Name();
        var content = _store.AllKinds.Where(kind => kind.Namespaced).DistinctBy(kind => kind.StorageKey)
            .SelectMany(kind => _store.List(kind, name).Select(item => (Kind: kind, Item: item))).ToList();
        foreach (var (kind, item) in content.Where(entry => !entry.Item.IsDeleting()))
            _store.Delete(kind, name, item.Name(), DeleteOptions.Default);

        var left = content.Where(entry => _store.Find(entry.Kind, name, entry.Item.Name()) is not null).ToList();
        if (_store.Find(Kinds.Namespace, null, name) is null)
            return;

        _store.Update(Kinds.Namespace, null, name, UpdateScope.All, document =>
        {
            if (left.Count == 0)
            {
                document.Object("spec")?.Remove("finalizers");
                return document;
            }

            var kinds = string.Join(", ", left.GroupBy(entry => entry.Kind.QualifiedPlural).Select(group => $"{group.Key} has {group.Count()} resource instances"));
            var names = string.Join(", ", left.SelectMany(entry => entry.Item.Array("metadata", "finalizers") ?? []).GroupBy(item => item!.GetValue<string>())
                .Select(group => $"{group.Key} in {group.Count()} resource instances"));
            Conditions.Set(document, "NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "All resources successfully discovered", context.Timestamp);
            Conditions.Set(document, "NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions", "All legacy kube types successfully parsed", context.Timestamp);
            Conditions.Set(document, "NamespaceDeletionContentFailure", false, "ContentDeleted", "All content successfully deleted, may be waiting on finalization", context.Timestamp);
            Conditions.Set(document, "NamespaceContentRemaining", true, "SomeResourcesRemain", $"Some resources are remaining: {kinds}", context.Timestamp);
            Conditions.Set(
                document, "NamespaceFinalizersRemaining", names.Length > 0, names.Length > 0 ? "SomeFinalizersRemain" : "ContentHasNoFinalizers",
                names.Length > 0 ? $"Some content in the namespace has finalizers remaining: {names}" : "All content-preserving finalizers finished", context.Timestamp);

            return document;
        });
    }
}
