namespace Portal.Worker.Kubernetes;

/// <summary>Where the API keeps the objects of a kind.</summary>
internal static class ResourcePath
{
    public static string Of(ObjectKind kind, string? kubernetesNamespace)
    {
        var (group, plural) = kind switch
        {
            ObjectKind.Pod => ("/api/v1", "pods"),
            ObjectKind.Node => ("/api/v1", "nodes"),
            ObjectKind.Service => ("/api/v1", "services"),
            ObjectKind.Deployment => ("/apis/apps/v1", "deployments"),
            ObjectKind.Ingress => ("/apis/networking.k8s.io/v1", "ingresses"),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, message: null),
        };
        return kubernetesNamespace is null ? $"{group}/{plural}" : $"{group}/namespaces/{kubernetesNamespace}/{plural}";
    }
}
