using Portal.Core.Inquiries;
using Portal.Worker.Aws;

namespace Portal.Worker.Steps.Probes;

/// <summary>A target's APIs, as a client from outside reaches them.</summary>
public interface IFrontDoor
{
    /// <summary>Sends one request, and follows no redirect.</summary>
    /// <param name="mostBody">How much of the answer's body is read, bytes; 0 for who only wants to know who answered.</param>
    /// <exception cref="Core.Provisioning.StepFailedException"><c>front_door_unreachable</c>: nothing answered.</exception>
    Task<DoorAnswer> AskAsync(AwsTarget target, Doorway doorway, DoorRequest request, int mostBody, CancellationToken cancellationToken);
}

/// <summary>A version of an API, and how it is reached.</summary>
/// <param name="Api">Its id, by which API Gateway's own address is made.</param>
/// <param name="Domain">The API's own domain, the only way in where there is one; null without.</param>
/// <param name="DomainTarget">Where the domain's DNS record has to point to: asked there, it need not be set yet.</param>
public sealed record Doorway(string Api, string Stage, string? Domain = null, string? DomainTarget = null);

/// <param name="GatewayError">What API Gateway calls its own refusal (x-amzn-ErrorType); null where something behind it answered.</param>
/// <param name="Server">Who answered behind the gateway, as far as it says.</param>
public sealed record DoorAnswer(int Status, string? GatewayError, string? Server)
{
    private const string OfLoadBalancer = "awselb/";

    public IReadOnlyList<DoorHeader> Headers { get; init; } = [];

    /// <summary>As much of it as was asked for.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Whether there was more of the body, or it broke off.</summary>
    public bool IsCut { get; init; }

    /// <summary>Until all of it was read.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>Whether the load balancer answered by itself, without a pod.</summary>
    public bool IsOfLoadBalancer => Server?.StartsWith(OfLoadBalancer, StringComparison.Ordinal) == true;
}
