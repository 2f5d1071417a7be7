using Portal.Core.Provisioning;
using Portal.Worker.Aws.Sdk;

namespace Portal.Worker.Aws;

/// <summary>EKS's ListNodegroups and DescribeNodegroup. An environment has one group, so one page of names is all.</summary>
internal sealed class NodeGroupsGateway(AwsClients clients) : INodeGroups
{
    public async Task<int> NodesAsync(AwsTarget target, string clusterName, CancellationToken cancellationToken)
    {
        var eks = clients.For(target, AwsService.Eks);
        var groups = $"/clusters/{Uri.EscapeDataString(clusterName)}/node-groups";
        try
        {
            var nodes = 0;
            var list = await eks.GetAsync(new RestRequest("ListNodegroups", groups), cancellationToken);
            foreach (var name in list.GetProperty("nodegroups").EnumerateArray())
            {
                var described = await eks.GetAsync(new RestRequest("DescribeNodegroup", $"{groups}/{Uri.EscapeDataString(name.GetString() ?? "")}"), cancellationToken);
                nodes += described.GetProperty("nodegroup").GetProperty("scalingConfig").GetProperty("desiredSize").GetInt32();
            }

            return nodes;
        }
        catch (StepFailedException error) when (error.Failure.Code == IClusters.NotFound)
        {
            return 0;
        }
    }
}
