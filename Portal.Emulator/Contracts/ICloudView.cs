using System.Text.Json.Nodes;

namespace Portal.Emulator.Contracts;

/// <summary>What exists in the account, for those who serve traffic through it. Read-only; its JSON is shared and must not be changed.</summary>
public interface ICloudView
{
    CloudThing? Find(string type, string? physicalId);

    /// <summary>In the order of creation.</summary>
    IReadOnlyList<CloudThing> OfType(string type);

    /// <summary>Null where there is no load balancer of that ARN.</summary>
    (LoadBalancerDescription Description, LoadBalancerState State)? LoadBalancer(string arn);
}

/// <param name="Type">CloudFormation's name of it, for example <c>AWS::ApiGateway::Stage</c>.</param>
/// <param name="Properties">As the template gave them, functions carried out.</param>
/// <param name="Attributes">What Fn::GetAtt returns, and what the emulator keeps with it.</param>
/// <param name="IsActive">False while it is being created or deleted.</param>
public sealed record CloudThing(string Type, string PhysicalId, JsonObject Properties, JsonObject Attributes, bool IsActive);
