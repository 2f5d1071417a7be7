using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>Ingresses that share a load balancer: those of one group.name, or one Ingress by itself.</summary>
internal sealed record IngressGroup(string Key)
{
    public const string Prefix = "alb.ingress.kubernetes.io/";
    private const string ControllerName = "ingress.k8s.aws/alb";

    public bool IsExplicit => !Key.Contains('/');

    public string Finalizer => IsExplicit ? $"group.ingress.k8s.aws/{Key}" : "ingress.k8s.aws/resources";

    public static IngressGroup Of(JsonObject ingress) =>
        new(ingress.Annotation(Prefix + "group.name") is { Length: > 0 } name ? name : $"{ingress.Namespace()}/{ingress.Name()}");

    public static bool IsOurs(ClusterStore store, JsonObject ingress)
    {
        if (ingress.Annotation("kubernetes.io/ingress.class") == "alb")
            return true;

        return ingress.Text("spec", "ingressClassName") is { } name
            && store.Find(Kinds.IngressClass, null, name).Text("spec", "controller") == ControllerName;
    }

    /// <summary>Groups whose finalizer the Ingress carries, its present one or one that it has left.</summary>
    public static IEnumerable<IngressGroup> HoldersOf(JsonObject ingress)
    {
        foreach (var finalizer in ingress.Array("metadata", "finalizers")?.Select(item => item!.GetValue<string>()) ?? [])
        {
            if (finalizer.StartsWith("group.ingress.k8s.aws/", StringComparison.Ordinal))
                yield return new IngressGroup(finalizer["group.ingress.k8s.aws/".Length..]);
            else if (finalizer == "ingress.k8s.aws/resources")
                yield return new IngressGroup($"{ingress.Namespace()}/{ingress.Name()}");
        }
    }
}
