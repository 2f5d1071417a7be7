using Portal.Worker.Aws;

namespace Portal.Worker.Steps.Probes;

/// <summary>A target's APIs, as a client from outside reaches them.</summary>
public interface IFrontDoor
{
    /// <param name="path">Below the stage, with its leading slash.</param>
    /// <exception cref="Core.Provisioning.StepFailedException"><c>front_door_unreachable</c>: nothing answered.</exception>
    Task<DoorAnswer> AskAsync(AwsTarget target, string api, string stage, string method, string path, CancellationToken cancellationToken);
}

/// <param name="GatewayError">What API Gateway calls its own refusal (x-amzn-ErrorType); null where something behind it answered.</param>
/// <param name="Server">Who answered behind the gateway, as far as it says.</param>
public sealed record DoorAnswer(int Status, string? GatewayError, string? Server)
{
    private const string OfLoadBalancer = "awselb/";

    /// <summary>Whether the load balancer answered by itself, without a pod.</summary>
    public bool IsOfLoadBalancer => Server?.StartsWith(OfLoadBalancer, StringComparison.Ordinal) == true;
}
