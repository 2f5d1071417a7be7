using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.SecretsStore;

/// <summary>The kinds of the Secrets Store CSI driver (kubernetes-sigs/secrets-store-csi-driver, v1), there while its add-on is.</summary>
internal static class SecretsStoreKinds
{
    public const string Addon = "aws-secrets-store-csi-driver-provider";
    public const string Driver = "secrets-store.csi.k8s.io";

    private const string Group = "secrets-store.csi.x-k8s.io";

    public static readonly ResourceKind ProviderClass = new(Group, "v1", "SecretProviderClass", "secretproviderclasses", true) { IsCustom = true };
    public static readonly ResourceKind PodStatus = new(Group, "v1", "SecretProviderClassPodStatus", "secretproviderclasspodstatuses", true) { IsCustom = true };

    public static bool AreThere(ClusterStore store) => store.Find(Kinds.CustomResourceDefinition, null, ProviderClass.QualifiedPlural) is not null;

    public static void Set(ClusterStore store, bool isInstalled)
    {
        foreach (var kind in (ResourceKind[])[ProviderClass, PodStatus])
        {
            var isThere = store.Find(Kinds.CustomResourceDefinition, null, kind.QualifiedPlural) is not null;
            if (isInstalled && !isThere)
                store.Create(Kinds.CustomResourceDefinition, Definition(kind));
            else if (!isInstalled && isThere)
                store.Delete(Kinds.CustomResourceDefinition, null, kind.QualifiedPlural, DeleteOptions.Default);
        }
    }

    private static JsonObject Definition(ResourceKind kind) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = kind.QualifiedPlural },
        ["spec"] = new JsonObject
        {
            ["group"] = kind.Group,
            ["names"] = new JsonObject { ["kind"] = kind.Kind, ["listKind"] = kind.ListKind, ["plural"] = kind.Plural, ["singular"] = kind.Singular },
            ["scope"] = "Namespaced",
            ["versions"] = new JsonArray(new JsonObject
            {
                ["name"] = kind.Version,
                ["served"] = true,
                ["storage"] = true,
                ["schema"] = new JsonObject { ["openAPIV3Schema"] = new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true } },
            }),
        },
    };
}
