using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.FrontDoor;
using Portal.Tests.Emulator.Kubernetes;

namespace Portal.Tests.Emulator.FrontDoor;

/// <summary>An account by hand: what the templates of the edge would have made.</summary>
internal sealed class FakeCloud(MemoryLoadBalancers loadBalancers) : ICloudView
{
    private readonly ConcurrentQueue<CloudThing> _things = new();

    public CloudThing? Find(string type, string? physicalId) => _things.LastOrDefault(thing => thing.Type == type && thing.PhysicalId == physicalId);

    public IReadOnlyList<CloudThing> OfType(string type) => [.. _things.Where(thing => thing.Type == type).DistinctBy(thing => thing.PhysicalId)];

    public (LoadBalancerDescription Description, LoadBalancerState State)? LoadBalancer(string arn) =>
        loadBalancers.FindByArn(arn) is { } found ? (found, new LoadBalancerState(arn, "internal-dns", loadBalancers.State)) : null;

    public FakeCloud Add(string type, string id, string properties, string attributes = "{}", bool isActive = true)
    {
        _things.Enqueue(new CloudThing("AWS::" + type, id, (JsonObject)JsonNode.Parse(properties)!, (JsonObject)JsonNode.Parse(attributes)!, isActive));
        return this;
    }

    /// <summary>A private subnet of vpc-1, tagged for internal load balancers.</summary>
    public FakeCloud AddSubnet(string id, string zone) => Add("EC2::Subnet", id, $$"""
        {"VpcId":"vpc-1","Tags":[{"Key":"Name","Value":"private-{{id[^1]}}"},{"Key":"kubernetes.io/role/internal-elb","Value":"1"}]}
        """, $$"""{"AvailabilityZone":"{{zone}}"}""");

    public FakeCloud Deploy(string api, string id) =>
        Add("ApiGateway::Deployment", id, $$"""{"RestApiId":"{{api}}"}""", new JsonObject { [ApiSnapshot.Attribute] = ApiSnapshot.Take(this, api) }.ToJsonString());
}
