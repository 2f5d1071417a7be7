namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>The Ingresses of a group do not describe a load balancer; told to people as a FailedBuildModel event.</summary>
internal sealed class ModelException(string message) : Exception(message);
