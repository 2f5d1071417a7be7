using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Portal.Core.Accounts;
using Portal.Core.Provisioning;
using Portal.Worker.Aws.Sdk;

namespace Portal.Worker.Aws;

/// <summary>
/// Service Quotas (https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/), and of EC2, EKS and Elastic Load Balancing what lists without naming.
/// What cannot be told to count for a quota is left out: too few only means that AWS says it later.
/// </summary>
internal sealed class AccountsGateway(AwsClients clients) : IAccounts
{
    private const string Quotas = "ServiceQuotasV20190624";

    // Of a list; far more than any quota allows.
    private const int MostPages = 50;
    private const string PageSize = "1000";

    // Of the values of a filter (EC2's DescribeSubnets and its like).
    private const int MostInFilter = 200;

    public async Task<int> QuotaAsync(AwsTarget target, AccountQuota quota, CancellationToken cancellationToken)
    {
        try
        {
            return await QuotaAsync(target, "GetServiceQuota", quota, cancellationToken);
        }
        catch (StepFailedException error) when (error.Failure.Code == "quotas_not_found")
        {
            // Nothing was ever agreed about it.
            return await QuotaAsync(target, "GetAWSDefaultServiceQuota", quota, cancellationToken);
        }
    }

    public async Task<AccountUse> UseAsync(AwsTarget target, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal)
        {
            [AccountQuotas.Vpcs.Id] = (await ItemsAsync(target, "DescribeVpcs", "vpcSet", cancellationToken).ToListAsync(cancellationToken)).Count,
            [AccountQuotas.Addresses.Id] = await AddressesAsync(target, cancellationToken),
            [AccountQuotas.Clusters.Id] = await ClustersAsync(target, cancellationToken),
            [AccountQuotas.LoadBalancers.Id] = await LoadBalancersAsync(target, cancellationToken),
        };
        return new AccountUse(counts, await NatGatewaysAsync(target, cancellationToken));
    }

    public async Task<IReadOnlyList<AccountZone>> ZonesAsync(AwsTarget target, CancellationToken cancellationToken)
    {
        var answer = await clients.For(target, AwsService.Ec2).QueryAsync(Filtered(new QueryRequest("DescribeAvailabilityZones"), "zone-type", ["availability-zone"]), cancellationToken);
        return
        [
            .. answer.Members("availabilityZoneInfo", "item").Where(zone => zone.Text("zoneState") == "available")
                .Select(zone => new AccountZone(zone.Required("zoneId"), zone.Required("zoneName"))).OrderBy(zone => zone.Name, StringComparer.Ordinal),
        ];
    }

    public async Task<IReadOnlyList<string>> VersionsAsync(AwsTarget target, CancellationToken cancellationToken) =>
        await EksAsync(target, "DescribeClusterVersions", "/cluster-versions", "clusterVersions", cancellationToken)
            .Where(version => !(version.TryGetProperty("versionStatus", out var status) && status.GetString() == "UNSUPPORTED"))
            .Select(version => Required(version, "clusterVersion").GetString() ?? "").Distinct().ToListAsync(cancellationToken);

    private async Task<int> QuotaAsync(AwsTarget target, string action, AccountQuota quota, CancellationToken cancellationToken)
    {
        var body = await clients.For(target, AwsService.Quotas).PostAsync(new JsonRequest(action, Quotas, new JsonObject { ["ServiceCode"] = quota.Service, ["QuotaCode"] = quota.Code }), cancellationToken);
        var found = Required(body, "Quota");
        if (found.TryGetProperty("Value", out var value) && value.ValueKind == JsonValueKind.Number)
            return (int)Math.Clamp(value.GetDouble(), 0, int.MaxValue);
        // It asks the service itself, with the caller's rights.
        var reason = found.TryGetProperty("ErrorReason", out var error) && error.TryGetProperty("ErrorMessage", out var message) ? message.GetString() : null;
        throw new StepFailedException("quotas_unreadable", $"Service Quotas in {target.Name} ({target.Region}) cannot say what {quota.Code} is: {reason?.TrimEnd('.') ?? "it gives no value"}.");
    }

    // Whoever brings blocks of his own has none of AWS's pool.
    private async Task<int> AddressesAsync(AwsTarget target, CancellationToken cancellationToken)
    {
        var answer = await clients.For(target, AwsService.Ec2).QueryAsync(new QueryRequest("DescribeAddresses"), cancellationToken);
        return answer.Members("addressesSet", "item").Count(address => address.Text("domain") is null or "vpc" && address.Text("publicIpv4Pool") is null or "amazon" && address.Text("serviceManaged") is null);
    }

    private async Task<int> ClustersAsync(AwsTarget target, CancellationToken cancellationToken) =>
        await EksAsync(target, "ListClusters", "/clusters", "clusters", cancellationToken).CountAsync(cancellationToken);

    private async Task<int> LoadBalancersAsync(AwsTarget target, CancellationToken cancellationToken)
    {
        var pages = clients.For(target, AwsService.LoadBalancing).PagesAsync(() => new QueryRequest("DescribeLoadBalancers"), "Marker", "NextMarker", cancellationToken);
        return await pages.Take(MostPages).Select(page => page.Members("LoadBalancers").Count(one => one.Text("Type") == "application")).SumAsync(cancellationToken);
    }

    private async Task<IReadOnlyDictionary<string, int>> NatGatewaysAsync(AwsTarget target, CancellationToken cancellationToken)
    {
        // Those in other states do not count ("Amazon VPC quotas"); a regional one stands in no subnet.
        var subnets = await ItemsAsync(target, "DescribeNatGateways", "natGatewaySet", cancellationToken)
            .Where(gateway => gateway.Text("state") is "pending" or "available" or "deleting").Select(gateway => gateway.Text("subnetId")).OfType<string>().ToListAsync(cancellationToken);
        var zones = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var some in subnets.Distinct(StringComparer.Ordinal).Chunk(MostInFilter))
        {
            // By a filter: a subnet that has gone meanwhile is missing then, instead of refused.
            await foreach (var subnet in ItemsAsync(target, "DescribeSubnets", "subnetSet", cancellationToken, request => Filtered(request, "subnet-id", some)))
                zones[subnet.Required("subnetId")] = subnet.Required("availabilityZoneId");
        }

        return subnets.Where(zones.ContainsKey).CountBy(subnet => zones[subnet], StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
    }

    private async IAsyncEnumerable<XElement> ItemsAsync(
        AwsTarget target, string action, string set, [EnumeratorCancellation] CancellationToken cancellationToken, Func<QueryRequest, QueryRequest>? with = null)
    {
        var pages = clients.For(target, AwsService.Ec2).PagesAsync(() => (with ?? (request => request))(new QueryRequest(action).With("MaxResults", PageSize)), "NextToken", "nextToken", cancellationToken);
        await foreach (var page in pages.Take(MostPages))
        {
            foreach (var item in page.Members(set, "item"))
                yield return item;
        }
    }

    private async IAsyncEnumerable<JsonElement> EksAsync(AwsTarget target, string action, string path, string list, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? next = null;
        for (var page = 0; page < MostPages && (page == 0 || next is not null); page++)
        {
            var query = new Dictionary<string, string>(StringComparer.Ordinal) { ["maxResults"] = "100" };
            if (next is not null)
                query["nextToken"] = next;
            var body = await clients.For(target, AwsService.Eks).GetAsync(new RestRequest(action, path) { Query = query }, cancellationToken);
            foreach (var item in Required(body, list).EnumerateArray())
                yield return item;
            next = body.TryGetProperty("nextToken", out var token) ? token.GetString() : null;
        }
    }

    private static JsonElement Required(JsonElement answer, string name) =>
        answer.TryGetProperty(name, out var found) ? found : throw new StepFailedException("aws_unreadable", $"AWS's answer has no {name}.");

    private static QueryRequest Filtered(QueryRequest request, string name, IReadOnlyList<string> values)
    {
        request.With("Filter.1.Name", name);
        foreach (var (index, value) in values.Index())
            request.With($"Filter.1.Value.{index + 1}", value);
        return request;
    }
}
