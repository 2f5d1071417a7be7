using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>The Ingresses of a group do not describe a load balancer; told to people as a FailedBuildModel event.</summary>
internal sealed class ModelException(string message) : Exception(message)
{
    /// <summary>The fault of one Ingress, named as the controller names it.</summary>
    public static T Of<T>(JsonObject ingress, Func<T> build)
    {
        try
        {
            return build();
        }
        catch (ModelException fault)
        {
            throw new ModelException($"ingress: {Annotations.NameOf(ingress)}: {fault.Message}");
        }
    }
}
