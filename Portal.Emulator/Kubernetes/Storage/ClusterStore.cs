using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Patching;

namespace Portal.Emulator.Kubernetes.Storage;

internal enum UpdateScope
{
    /// <summary>Everything but status, where the kind has a status subresource.</summary>
    Main,

    /// <summary>Status alone.</summary>
    Status,

    /// <summary>Both, as only the emulator's own controllers may.</summary>
    All,
}

/// <summary>
/// The objects of one cluster: one lock, one counter of versions, one bounded history of changes.
/// What it returns must not be changed by the caller; it is shared with every reader.
/// </summary>
internal sealed class ClusterStore
{
    private readonly Lock _gate = new();
    private readonly ObjectTable _objects = new();
    private readonly ObjectStorage _storage;
    private readonly WatchHub _hub;
    private readonly ILedger _ledger;
    private readonly TimeProvider _time;
    private readonly string _cluster;
    private IReadOnlyList<ResourceKind> _kinds = Kinds.BuiltIn;
    private long _version;
    private bool _isForgotten;

    public ClusterStore(string cluster, string clusterId, IDocumentStore documents, ILedger ledger, TimeProvider time, Seeded random, int history = 8192)
    {
        (_cluster, _ledger, _time) = (cluster, ledger, time);
        Random = random;
        _storage = new ObjectStorage(documents, clusterId);
        _version = _storage.LoadVersion();
        foreach (var (group, plural, document) in _storage.LoadObjects())
            _objects.Set((group, plural), document);
        _version = Math.Max(_version, 1);
        _hub = new WatchHub(history, _version);
        RefreshKinds();
    }

    /// <summary>Called under the store's lock, in the order of versions: it must only note what to look at.</summary>
    public Action<StoreChange>? Changed { get; set; }

    public Seeded Random { get; }

    public IReadOnlyList<ResourceKind> AllKinds => _kinds;

    public long Version => Interlocked.Read(ref _version);

    public DateTimeOffset Now => _time.GetUtcNow();

    public JsonObject? Find(ResourceKind kind, string? inNamespace, string name)
    {
        lock (_gate)
            return _objects.Find(kind.StorageKey, inNamespace ?? "", name);
    }

    public JsonObject Get(ResourceKind kind, string? inNamespace, string name) =>
        Find(kind, inNamespace, name) ?? throw ApiException.NotFound(kind, name);

    public IReadOnlyList<JsonObject> List(ResourceKind kind, string? inNamespace = null) => ListAt(kind, inNamespace, null)!.Value.Items;

    /// <summary>The objects as they were at a version, or (null) as they are; null where that version is forgotten.</summary>
    public (IReadOnlyList<JsonObject> Items, long Version)? ListAt(ResourceKind kind, string? inNamespace, long? version)
    {
        lock (_gate)
        {
            if (version is null || version >= _version)
                return ([.. _objects.All(kind.StorageKey, inNamespace)], _version);
            if (_hub.Since(version.Value) is not { } later)
                return null;

            var then = new SortedDictionary<(string, string), JsonObject>(Comparer<(string, string)>.Create(ByName));
            foreach (var item in _objects.All(kind.StorageKey, inNamespace))
                then[(item.Namespace(), item.Name())] = item;
            foreach (var change in later.Where(change => change.Kind.StorageKey == kind.StorageKey && (inNamespace is null || change.Object.Namespace() == inNamespace)).Reverse())
            {
                var key = (change.Object.Namespace(), change.Object.Name());
                if (change.Previous is null)
                    then.Remove(key);
                else
                    then[key] = change.Previous;
            }

            return ([.. then.Values], version.Value);
        }
    }

    /// <summary>Changes since a version and what follows them; null where the version is too old.</summary>
    public (IReadOnlyList<StoreChange> Backlog, WatchSubscription Live)? Watch(ResourceKind kind, string? inNamespace, long since)
    {
        lock (_gate)
        {
            if (_hub.Since(since) is not { } missed)
                return null;

            var live = _hub.Subscribe(kind.StorageKey, inNamespace, Leave);
            return ([.. missed.Where(live.Concerns)], live);
        }
    }

    /// <summary>The present objects and what follows them.</summary>
    public (IReadOnlyList<JsonObject> Items, long Version, WatchSubscription Live) ListAndWatch(ResourceKind kind, string? inNamespace)
    {
        lock (_gate)
            return ([.. _objects.All(kind.StorageKey, inNamespace)], _version, _hub.Subscribe(kind.StorageKey, inNamespace, Leave));
    }

    /// <param name="writer">Whose fields these are; null for the emulator's own controllers.</param>
    public JsonObject Create(ResourceKind kind, JsonObject document, bool dryRun = false, FieldWriter? writer = null)
    {
        lock (_gate)
        {
            var created = document.Copy();
            created["apiVersion"] ??= kind.ApiVersion;
            created["kind"] ??= kind.Kind;
            Lifecycle.Prepare(kind, created, this, $"{_cluster}/{_version + 1}");
            if (_objects.Find(kind.StorageKey, created.Namespace(), created.Name()) is not null)
                throw ApiException.AlreadyExists(kind, created.Name());

            Defaults.Apply(kind, created);
            Allocation.Apply(kind, created, this);
            Validation.Check(kind, created, null);
            Admission.Check(kind, created, this);
            if (writer is { IsApply: true })
                ManagedFields.Created(kind, created, document, writer, Now.Timestamp());
            else if (writer is not null)
                ManagedFields.Update(kind, null, created, writer, Now.Timestamp());
            if (!dryRun)
                Commit(ChangeType.Added, kind, created, null);
            return created;
        }
    }

    /// <summary>
    /// Replaces the object by what <paramref name="change"/> makes of a copy of it. Returns the stored object, unchanged where nothing differs.
    /// </summary>
    /// <param name="writer">Whose change it is; null for the emulator's own controllers.</param>
    public JsonObject Update(
        ResourceKind kind, string? inNamespace, string name, UpdateScope scope, Func<JsonObject, JsonObject> change, bool dryRun = false, FieldWriter? writer = null)
    {
        lock (_gate)
        {
            var current = Get(kind, inNamespace, name);
            var next = Lifecycle.Carry(kind, current, change(current.Copy()), scope);
            if (scope != UpdateScope.Status)
            {
                Defaults.Apply(kind, next);
                Allocation.Carry(kind, current, next);
                if (kind == Kinds.Service)
                    Allocation.OpenPorts(next, this);
                Validation.Check(kind, next, current);
            }

            if (writer is { IsApply: false })
                ManagedFields.Update(kind, current, next, writer, Now.Timestamp());
            if (JsonNode.DeepEquals(current, next))
                return current;

            Lifecycle.CountGeneration(kind, current, next);
            if (dryRun)
                return next;

            if (Lifecycle.IsFinished(kind, next))
                Commit(ChangeType.Deleted, kind, next, current);
            else
                Commit(ChangeType.Modified, kind, next, current);
            return next;
        }
    }

    /// <summary>Deletes, or marks as being deleted. The second value says whether it is gone.</summary>
    public (JsonObject Object, bool IsGone) Delete(ResourceKind kind, string? inNamespace, string name, DeleteOptions options)
    {
        lock (_gate)
        {
            var current = Get(kind, inNamespace, name);
            options.CheckPreconditions(kind, current);
            var next = Lifecycle.MarkDeleted(kind, current, options, Now);
            var isGone = Lifecycle.IsFinished(kind, next);
            if (options.DryRun || (!isGone && JsonNode.DeepEquals(current, next)))
                return (next, isGone);

            Commit(isGone ? ChangeType.Deleted : ChangeType.Modified, kind, next, current);
            return (next, isGone);
        }
    }

    /// <summary>Ends every watch, removes every object from disk and refuses further writes.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _isForgotten = true;
            _hub.Complete();
            _storage.Forget();
        }
    }

    public void CompleteWatches()
    {
        lock (_gate)
            _hub.Complete();
    }

    private void Commit(ChangeType type, ResourceKind kind, JsonObject document, JsonObject? previous)
    {
        if (_isForgotten)
            throw ApiException.NoSuchPath();

        var version = _version + 1;
        document.Metadata()["resourceVersion"] = version.ToString();
        document.Materialize();
        if (type == ChangeType.Deleted)
            _storage.Remove(kind, document, version);
        else
            _storage.Save(kind, document, version);

        Interlocked.Exchange(ref _version, version);
        if (type == ChangeType.Deleted)
            _objects.Remove(kind.StorageKey, document);
        else
            _objects.Set(kind.StorageKey, document);
        if (kind == Kinds.CustomResourceDefinition)
            RefreshKinds();

        if (type != ChangeType.Modified && !Kinds.IsChurn(kind))
            _ledger.Record("effect", "kubernetes", type == ChangeType.Added ? "create" : "delete", Subject(kind, document));
        var change = new StoreChange(version, type, kind, document, previous);
        _hub.Publish(change);
        Changed?.Invoke(change);
    }

    private string Subject(ResourceKind kind, JsonObject document) =>
        kind.Namespaced ? $"{_cluster}/{kind.Plural}/{document.Namespace()}/{document.Name()}" : $"{_cluster}/{kind.Plural}/{document.Name()}";

    private static int ByName((string Namespace, string Name) left, (string Namespace, string Name) right) =>
        string.CompareOrdinal(left.Namespace, right.Namespace) is var order and not 0 ? order : string.CompareOrdinal(left.Name, right.Name);

    private void RefreshKinds() =>
        _kinds = [.. Kinds.BuiltIn, .. _objects.All(Kinds.CustomResourceDefinition.StorageKey, null).SelectMany(CustomKinds.Of)];

    private void Leave(WatchSubscription subscription)
    {
        lock (_gate)
            _hub.Unsubscribe(subscription);
    }
}
