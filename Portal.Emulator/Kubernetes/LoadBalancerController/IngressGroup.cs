using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>Ingresses that share a load balancer: those of one group.name, or one Ingress by itself.</summary>
internal sealed record IngressGroup(string Key, BalancingController Controller)
{
    public const string Prefix = "alb.ingress.kubernetes.io/";

    public bool IsExplicit => !Key.Contains('/');

    public string Finalizer => IsExplicit ? Controller.GroupFinalizer + Key : Controller.Finalizer;

    public static IngressGroup Of(JsonObject ingress, BalancingController controller) =>
        new(ingress.Annotation(Prefix + "group.name") is { Length: > 0 } name ? name : $"{ingress.Namespace()}/{ingress.Name()}", controller);

    /// <summary>Groups whose finalizer the Ingress carries, its present one or one that it has left.</summary>
    public static IEnumerable<IngressGroup> HoldersOf(JsonObject ingress, BalancingController controller)
    {
        foreach (var finalizer in ingress.Array("metadata", "finalizers")?.Select(item => item!.GetValue<string>()) ?? [])
        {
            if (finalizer.StartsWith(controller.GroupFinalizer, StringComparison.Ordinal))
                yield return new IngressGroup(finalizer[controller.GroupFinalizer.Length..], controller);
            else if (finalizer == controller.Finalizer)
                yield return new IngressGroup($"{ingress.Namespace()}/{ingress.Name()}", controller);
        }
    }
}
