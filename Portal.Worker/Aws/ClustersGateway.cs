using System.Text.Json;
using Amazon.SecurityToken.Model;
using Portal.Worker.Aws.Sdk;

namespace Portal.Worker.Aws;

/// <summary>EKS over REST-JSON (https://docs.aws.amazon.com/eks/latest/APIReference/) and STS through its own package.</summary>
internal sealed class ClustersGateway(AwsClients clients) : IClusters
{
    public async Task<ClusterAccess> DescribeAsync(AwsTarget target, string clusterName, CancellationToken cancellationToken)
    {
        var request = new RestRequest("DescribeCluster", $"/clusters/{Uri.EscapeDataString(clusterName)}");
        var body = await clients.For(target, AwsService.Eks).GetAsync(request, cancellationToken);
        return Read(body.GetProperty("cluster"));
    }

    public async Task<string> CallerArnAsync(AwsTarget target, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await clients.SecurityTokens(target).GetCallerIdentityAsync(new GetCallerIdentityRequest(), cancellationToken);
            return answer.Arn;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            throw AwsErrors.Classify(error, AwsService.Sts, "GetCallerIdentity", target);
        }
    }

    internal static ClusterAccess Read(JsonElement cluster) => new(
        Text(cluster, "name") ?? "",
        Text(cluster, "arn") ?? "",
        Text(cluster, "version") ?? "",
        Text(cluster, "status") ?? "",
        Text(cluster, "endpoint") is { } endpoint ? new Uri(endpoint) : null,
        cluster.TryGetProperty("certificateAuthority", out var authority) && authority.ValueKind == JsonValueKind.Object ? Text(authority, "data") : null);

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
