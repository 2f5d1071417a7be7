using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Security;

namespace Portal.Emulator.Kubernetes.Storage;

/// <summary>What the API server's admission plug-ins refuse and warn of.</summary>
internal static class Admission
{
    private const string Default = "default";

    /// <exception cref="ApiException">403: the pod may not be made.</exception>
    public static void Check(ResourceKind kind, JsonObject document, ClusterStore store)
    {
        if (kind != Kinds.Pod)
            return;

        // Each namespace gets its account default in a moment: that it is not there yet must not matter.
        var account = document.Text("spec", "serviceAccountName") ?? Default;
        if (account != Default && store.Find(Kinds.ServiceAccount, document.Namespace(), account) is null)
            throw ApiException.Forbidden(kind, document.Name(), $"error looking up service account {document.Namespace()}/{account}: serviceaccount \"{account}\" not found");
        if (PodSecurity.Violation(store.Find(Kinds.Namespace, null, document.Namespace()), "enforce", document.Object("spec")) is { } violation)
            throw ApiException.Forbidden(kind, document.Name(), violation);
    }

    /// <summary>What is said of a pod or of the pods that a workload would make.</summary>
    public static string? Warning(ResourceKind kind, JsonObject document, ClusterStore store)
    {
        var home = store.Find(Kinds.Namespace, null, document.Namespace());
        return PodSecurity.Violation(home, "warn", kind == Kinds.Pod ? document.Object("spec") : document.Object("spec", "template", "spec")) is { } violation ? "would " + violation : null;
    }
}
