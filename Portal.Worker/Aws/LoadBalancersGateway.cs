using System.Globalization;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Portal.Core.Provisioning;
using Portal.Worker.Aws.Sdk;

namespace Portal.Worker.Aws;

/// <summary>Elastic Load Balancing v2 over the Query protocol: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/.</summary>
internal sealed class LoadBalancersGateway(AwsClients clients) : ILoadBalancers
{
    private const int MostToAskTagsOf = 20;

    public async IAsyncEnumerable<LoadBalancer> ListAsync(AwsTarget target, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in PagesAsync(target, () => new QueryRequest("DescribeLoadBalancers"), cancellationToken))
        {
            foreach (var member in page.Members("LoadBalancers"))
                yield return Read(member);
        }
    }

    public async Task<LoadBalancer?> FindAsync(AwsTarget target, string name, CancellationToken cancellationToken)
    {
        try
        {
            var page = await CallAsync(target, new QueryRequest("DescribeLoadBalancers").WithList("Names", [name]), cancellationToken);
            return page.Members("LoadBalancers").Select(Read).FirstOrDefault();
        }
        catch (StepFailedException error) when (error.Failure.Code == "elb_not_found")
        {
            return null;
        }
    }

    public async Task<bool> IsProtectedAsync(AwsTarget target, string name, CancellationToken cancellationToken)
    {
        if (await FindAsync(target, name, cancellationToken) is not { } one)
            return false;
        try
        {
            var answer = await CallAsync(target, new QueryRequest("DescribeLoadBalancerAttributes").With("LoadBalancerArn", one.Arn), cancellationToken);
            return answer.Members("Attributes").Any(attribute => attribute.Text("Key") == "deletion_protection.enabled" && attribute.Text("Value") == "true");
        }
        catch (StepFailedException error) when (error.Failure.Code == "elb_not_found")
        {
            return false;
        }
    }

    public async Task<IReadOnlyList<ListenerRule>> RulesAsync(AwsTarget target, string loadBalancerArn, CancellationToken cancellationToken)
    {
        var rules = new List<ListenerRule>();
        foreach (var listener in await ListenersAsync(target, loadBalancerArn, cancellationToken))
        {
            var request = () => new QueryRequest("DescribeRules").With("ListenerArn", listener.Arn);
            await foreach (var page in PagesAsync(target, request, cancellationToken))
                rules.AddRange(page.Members("Rules").Select(rule => Read(rule, listener)));
        }

        return [.. rules.OrderBy(rule => rule.Port).ThenBy(Order)];
    }

    public async Task<IReadOnlyList<TargetGroup>> TargetGroupsAsync(AwsTarget target, string loadBalancerArn, CancellationToken cancellationToken)
    {
        var groups = new List<(string Arn, string Name)>();
        await foreach (var page in PagesAsync(target, () => new QueryRequest("DescribeTargetGroups").With("LoadBalancerArn", loadBalancerArn), cancellationToken))
            groups.AddRange(page.Members("TargetGroups").Select(member => (member.Required("TargetGroupArn"), member.Required("TargetGroupName"))));
        var tags = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var some in groups.Chunk(MostToAskTagsOf))
        {
            var answer = await CallAsync(target, new QueryRequest("DescribeTags").WithList("ResourceArns", [.. some.Select(group => group.Arn)]), cancellationToken);
            foreach (var member in answer.Members("TagDescriptions"))
                tags[member.Required("ResourceArn")] = member.Members("Tags").ToDictionary(tag => tag.Required("Key"), tag => tag.Text("Value") ?? "", StringComparer.Ordinal);
        }

        return [.. groups.Select(group => new TargetGroup(group.Arn, group.Name, tags.GetValueOrDefault(group.Arn) ?? new Dictionary<string, string>()))];
    }

    public async Task<IReadOnlyList<TargetState>> TargetsAsync(AwsTarget target, string targetGroupArn, CancellationToken cancellationToken)
    {
        var answer = await CallAsync(target, new QueryRequest("DescribeTargetHealth").With("TargetGroupArn", targetGroupArn), cancellationToken);
        return [.. answer.Members("TargetHealthDescriptions").Select(member => new TargetState(
            member.Child("Target")?.Text("Id") ?? "", member.Child("TargetHealth")?.Text("State") ?? "", member.Child("TargetHealth")?.Text("Reason")))];
    }

    private static int Order(ListenerRule rule) =>
        int.TryParse(rule.Priority, NumberStyles.None, CultureInfo.InvariantCulture, out var priority) ? priority : int.MaxValue;

    private async Task<IReadOnlyList<Listener>> ListenersAsync(AwsTarget target, string loadBalancerArn, CancellationToken cancellationToken)
    {
        var listeners = new List<Listener>();
        var request = () => new QueryRequest("DescribeListeners").With("LoadBalancerArn", loadBalancerArn);
        await foreach (var page in PagesAsync(target, request, cancellationToken))
        {
            listeners.AddRange(page.Members("Listeners").Select(member => new Listener(
                member.Required("ListenerArn"),
                int.Parse(member.Required("Port"), NumberStyles.None, CultureInfo.InvariantCulture),
                member.Required("Protocol"))));
        }

        return listeners;
    }

    private IAsyncEnumerable<XElement> PagesAsync(AwsTarget target, Func<QueryRequest> request, CancellationToken cancellationToken) =>
        clients.For(target, AwsService.LoadBalancing).PagesAsync(request, "Marker", "NextMarker", cancellationToken);

    private Task<XElement> CallAsync(AwsTarget target, QueryRequest request, CancellationToken cancellationToken) =>
        clients.For(target, AwsService.LoadBalancing).QueryAsync(request, cancellationToken);

    internal static LoadBalancer Read(XElement member) => new(
        member.Required("LoadBalancerName"),
        member.Required("LoadBalancerArn"),
        member.Text("DNSName") ?? "",
        member.Text("Scheme") ?? "",
        member.Child("State")?.Text("Code") ?? "",
        member.Child("State")?.Text("Reason"),
        member.Text("VpcId") ?? "",
        member.RequiredTime("CreatedTime"));

    internal static ListenerRule Read(XElement rule, Listener listener) => new(
        rule.Required("RuleArn"),
        listener.Arn,
        listener.Port,
        listener.Protocol,
        rule.Required("Priority"),
        rule.Text("IsDefault") == "true",
        [.. rule.Members("Conditions").Where(condition => condition.Text("Field") == "path-pattern").SelectMany(Patterns)],
        [.. rule.Members("Actions").SelectMany(TargetGroups).Distinct(StringComparer.Ordinal)]);

    /// <summary>A condition has its values in PathPatternConfig, the older Values repeats them.</summary>
    private static IEnumerable<string> Patterns(XElement condition)
    {
        var configured = condition.Child("PathPatternConfig")?.Members("Values").ToList();
        return (configured is { Count: > 0 } ? configured : condition.Members("Values")).Select(value => value.Value);
    }

    private static IEnumerable<string> TargetGroups(XElement action)
    {
        var forward = action.Child("ForwardConfig")?.Members("TargetGroups").Select(group => group.Text("TargetGroupArn")).OfType<string>() ?? [];
        return action.Text("TargetGroupArn") is { } single ? forward.Prepend(single) : forward;
    }

    internal sealed record Listener(string Arn, int Port, string Protocol);
}
