using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.LoadBalancing;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws;

/// <summary>Shows the inventory and the load balancers to the front door.</summary>
internal sealed class CloudView(Inventory inventory, LoadBalancers loadBalancers) : ICloudView
{
    public CloudThing? Find(string type, string? physicalId) => inventory.Find(type, physicalId) is { } found ? View(found) : null;

    public IReadOnlyList<CloudThing> OfType(string type) => [.. inventory.OfType(type).Select(View)];

    public (LoadBalancerDescription Description, LoadBalancerState State)? LoadBalancer(string arn) =>
        loadBalancers.All.FirstOrDefault(one => loadBalancers.ArnOf(one) == arn) is { } found
            ? (found.Description, new LoadBalancerState(arn, loadBalancers.DnsNameOf(found), loadBalancers.StateOf(found)))
            : null;

    private static CloudThing View(CloudResource resource) => new(
        resource.Type, resource.PhysicalId, resource.Properties, resource.Attributes, resource.State is ResourceState.Active or ResourceState.Updating);
}
