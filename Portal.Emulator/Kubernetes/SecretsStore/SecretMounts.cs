using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Emulator.Kubernetes.Storage;
using YamlDotNet.Serialization;

namespace Portal.Emulator.Kubernetes.SecretsStore;

/// <summary>
/// The driver on each node: fetches what a SecretProviderClass names when a pod's volume is mounted, says what it mounted in a
/// SecretProviderClassPodStatus, writes the Secrets that variables come from, and looks every two minutes for what was rotated. The sentences
/// are of the driver, of AWS's provider and of the kubelet.
/// </summary>
internal sealed class SecretMounts(ControllerContext context, Lazy<IPodSecrets> secrets) : IController
{
    private static readonly TimeSpan _pollEvery = TimeSpan.FromMinutes(2);

    private readonly ClusterStore _store = context.Store;

    /// <returns>Why a volume of the pod cannot be mounted, as the kubelet's event has it; null where all are, or it has none of the driver.</returns>
    public string? Mount(JsonObject pod)
    {
        if (pod.Items("spec", "volumes").FirstOrDefault(volume => volume.Text("csi", "driver") == SecretsStoreKinds.Driver) is not { } volume)
            return null;
        var failed = $"MountVolume.SetUp failed for volume \"{volume.Text("name")}\" : ";
        if (!SecretsStoreKinds.AreThere(_store))
            return $"{failed}kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name {SecretsStoreKinds.Driver} not found in the list of registered CSI drivers";
        var name = volume.Text("csi", "volumeAttributes", "secretProviderClass") ?? "";
        if (_store.Find(SecretsStoreKinds.ProviderClass, pod.Namespace(), name) is not { } wanted)
            return $"{failed}rpc error: code = Unknown desc = failed to get secretproviderclass {pod.Namespace()}/{name}, error: SecretProviderClass.secrets-store.csi.x-k8s.io \"{name}\" not found";
        var (fetched, fault) = Fetch(pod, wanted);
        if (fault is not null)
            return $"{failed}rpc error: code = Unknown desc = failed to mount secrets store objects for pod {pod.Namespace()}/{pod.Name()}, err: rpc error: code = Unknown desc = {fault}";
        Note(pod, wanted, fetched);
        return null;
    }

    public IEnumerable<string> Concerned(StoreChange change) =>
        change.Kind.StorageKey == SecretsStoreKinds.PodStatus.StorageKey && change.Type != ChangeType.Deleted ? [ControllerContext.KeyOf(change.Object)] : [];

    public TimeSpan? Reconcile(string key)
    {
        if (!SecretsStoreKinds.AreThere(_store) || context.Find(SecretsStoreKinds.PodStatus, key) is not { } status)
            return null;
        var wait = $"rotation/{status.Uid()}";
        if (context.Remaining(wait, _pollEvery) is var left && left > TimeSpan.Zero)
            return left;
        context.Forget(wait);
        var pod = _store.Find(Kinds.Pod, status.Namespace(), status.Text("status", "podName") ?? "");
        if (pod is null || pod.IsDeleting() || _store.Find(SecretsStoreKinds.ProviderClass, status.Namespace(), status.Text("status", "secretProviderClassName") ?? "") is not { } wanted)
            return null;
        // What cannot be fetched any more stays as it was mounted.
        if (Fetch(pod, wanted) is (var fetched, null))
            Note(pod, wanted, fetched);
        return context.Remaining(wait, _pollEvery);
    }

    private (IReadOnlyList<(string Alias, string Value, string Version)> Fetched, string? Fault) Fetch(JsonObject pod, JsonObject wanted)
    {
        var all = new List<(string, string, string)>();
        foreach (var item in Objects(wanted))
        {
            var (name, alias) = (item.Text("objectName") ?? "", item.Text("objectAlias") ?? "");
            var got = secrets.Value.Fetch(context.Cluster.Name, pod.Namespace(), pod.Text("spec", "serviceAccountName") ?? "default", item.Text("objectType") ?? "", name);
            if (got.Fault is { } refused)
                return ([], refused);
            all.Add((alias, got.Value, got.Version));
            if (item.Items("jmesPath").ToList() is not { Count: > 0 } paths)
                continue;
            if (ObjectOf(got.Value) is not { } data)
                return ([], $"Invalid JSON used with jmesPath in secret: {name}.");
            foreach (var path in paths)
            {
                var (wantedPath, file) = (path.Text("path") ?? "", path.Text("objectAlias") ?? "");
                // As the chart writes it: a quoted name of the outermost object.
                if (data[wantedPath.Trim('"')] is not { } part)
                    return ([], $"JMES Path - {wantedPath} for object alias - {file} does not point to a valid object.");
                if (part.GetValueKind() != JsonValueKind.String)
                    return ([], $"Invalid JMES search result type for path:{wantedPath}. Only string is allowed.");
                all.Add((file, part.GetValue<string>(), got.Version));
            }
        }

        return (all, null);
    }

    private void Note(JsonObject pod, JsonObject wanted, IReadOnlyList<(string Alias, string Value, string Version)> fetched)
    {
        foreach (var secret in wanted.Items("spec", "secretObjects"))
            Sync(pod, secret, fetched);
        var objects = fetched.OrderBy(one => one.Alias, StringComparer.Ordinal).Select(one => (JsonNode?)new JsonObject { ["id"] = one.Alias, ["version"] = one.Version }).ToJsonArray();
        var name = $"{pod.Name()}-{pod.Namespace()}-{wanted.Name()}";
        if (_store.Find(SecretsStoreKinds.PodStatus, pod.Namespace(), name) is not { } present)
        {
            _store.Create(SecretsStoreKinds.PodStatus, new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["name"] = name,
                    ["namespace"] = pod.Namespace(),
                    ["labels"] = new JsonObject { ["internal.secrets-store.csi.k8s.io/node-name"] = pod.Text("spec", "nodeName") },
                    ["ownerReferences"] = new JsonArray(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["name"] = pod.Name(), ["uid"] = pod.Uid() }),
                },
                ["status"] = new JsonObject
                {
                    ["podName"] = pod.Name(),
                    ["secretProviderClassName"] = wanted.Name(),
                    ["mounted"] = true,
                    ["targetPath"] = $"/var/lib/kubelet/pods/{pod.Uid()}/volumes/kubernetes.io~csi/secrets/mount",
                    ["objects"] = objects,
                },
            });
        }
        else if (!JsonNode.DeepEquals(present.Array("status", "objects"), objects))
        {
            _store.Update(SecretsStoreKinds.PodStatus, pod.Namespace(), name, UpdateScope.All, document =>
            {
                document.Ensure("status")["objects"] = objects.DeepClone();
                return document;
            });
        }
    }

    private void Sync(JsonObject pod, JsonObject secret, IReadOnlyList<(string Alias, string Value, string Version)> fetched)
    {
        var data = new JsonObject();
        foreach (var item in secret.Items("data"))
        {
            if (fetched.FirstOrDefault(one => one.Alias == item.Text("objectName")) is { Alias: not null } found)
                data[item.Text("key") ?? ""] = Convert.ToBase64String(Encoding.UTF8.GetBytes(found.Value));
        }

        var name = secret.Text("secretName") ?? "";
        if (_store.Find(Kinds.Secret, pod.Namespace(), name) is not { } present)
        {
            _store.Create(Kinds.Secret, new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["name"] = name,
                    ["namespace"] = pod.Namespace(),
                    ["labels"] = new JsonObject { ["secrets-store.csi.k8s.io/managed"] = "true" },
                    ["ownerReferences"] = pod.Array("metadata", "ownerReferences")?.DeepClone() ?? new JsonArray(),
                },
                ["type"] = secret.Text("type") ?? "Opaque",
                ["data"] = data,
            });
        }
        else if (!JsonNode.DeepEquals(present.Object("data"), data) || !OwnedBySame(present, pod))
        {
            _store.Update(Kinds.Secret, pod.Namespace(), name, UpdateScope.All, document =>
            {
                document["data"] = data.DeepClone();
                document.Metadata()["ownerReferences"] = document.Items("metadata", "ownerReferences").Concat(pod.Items("metadata", "ownerReferences"))
                    .DistinctBy(owner => owner.Text("uid")).Select(owner => (JsonNode?)owner.DeepClone()).ToJsonArray();
                return document;
            });
        }
    }

    private static bool OwnedBySame(JsonObject secret, JsonObject pod) =>
        pod.Items("metadata", "ownerReferences").All(owner => secret.Items("metadata", "ownerReferences").Any(one => one.Text("uid") == owner.Text("uid")));

    private static IEnumerable<JsonObject> Objects(JsonObject wanted) =>
        JsonNode.Parse(new SerializerBuilder().JsonCompatible().Build().Serialize(new DeserializerBuilder().Build().Deserialize(wanted.Text("spec", "parameters", "objects") ?? "[]") ?? Array.Empty<object>())) is JsonArray list
            ? list.OfType<JsonObject>()
            : [];

    private static JsonObject? ObjectOf(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
