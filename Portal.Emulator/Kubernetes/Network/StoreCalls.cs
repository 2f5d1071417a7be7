using System.Globalization;
using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Controllers;

namespace Portal.Emulator.Kubernetes.Network;

/// <summary>
/// Whether the program of a Job gets to the databases and brokers that its variables name, X_HOST beside X_PORT: something listens there, a network policy
/// lets the pod out, and the store's security group admits the cluster's. Only of a Job is it known that it connects before it ends.
/// </summary>
internal sealed class StoreCalls(ControllerContext context, Lazy<ICloudView> cloud)
{
    private const string Host = "_HOST";
    private const string Port = "_PORT";

    // Where a store is reached, what stands before it, and where it listens.
    private static readonly (string Type, Func<CloudThing, string?> Host, string Groups, Func<CloudThing, IEnumerable<string>> Ports)[] _kinds =
    [
        ("AWS::RDS::DBCluster", store => Text(store.Attributes["Endpoint.Address"]), "VpcSecurityGroupIds", store => [Text(store.Attributes["Endpoint.Port"])]),
        ("AWS::RDS::DBInstance", store => Text(store.Attributes["Endpoint.Address"]), "VPCSecurityGroups", store => [Text(store.Attributes["Endpoint.Port"])]),
        ("AWS::DocDB::DBCluster", store => Text(store.Attributes["Endpoint"]), "VpcSecurityGroupIds", store => [Text(store.Attributes["Port"])]),
        // https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/rabbitmq-basic-elements-broker.html
        ("AWS::AmazonMQ::Broker", store => store.Attributes["AmqpEndpoints"] is JsonArray { Count: > 0 } all ? new Uri(Text(all[0])).Host : null, "SecurityGroups", _ => ["5671", "443", "15671"]),
    ];

    /// <returns>What the program would have met; null where it gets to all of them, or names none.</returns>
    public string? Refusal(JsonObject pod)
    {
        var settings = PodSettings.Of(context.Store, pod);
        return settings.Where(setting => setting.Key.EndsWith(Host, StringComparison.Ordinal))
            .Select(setting => settings.TryGetValue(setting.Key[..^Host.Length] + Port, out var port) ? Refusal(pod, setting.Value, port) : null)
            .FirstOrDefault(refusal => refusal is not null);
    }

    private string? Refusal(JsonObject pod, string host, string port)
    {
        var (store, kind) = _kinds.SelectMany(kind => cloud.Value.OfType(kind.Type).Select(store => (Store: store, Kind: kind))).FirstOrDefault(one => one.Kind.Host(one.Store) == host);
        if (store is null)
            return null;
        if (!kind.Ports(store).Contains(port) || !int.TryParse(port, CultureInfo.InvariantCulture, out var number))
            return $"Connection refused: {host} does not listen at {port}";
        // It stands in subnets of the VPC, as the pod itself does.
        if (NetworkPolicies.Refusal(context.Store, pod, pod.Text("status", "podIP") ?? "", number) is { } refusal)
            return $"Connection timed out: {host}:{port}, {refusal}";
        var groups = Texts(store.Properties[kind.Groups]).ToList();
        return Admits(groups, number) ? null : $"Connection timed out: {host}:{port}, no rule of {string.Join(", ", groups)} admits the cluster's security group there";
    }

    private bool Admits(List<string> groups, int port)
    {
        var own = Text(cloud.Value.Find("AWS::EKS::Cluster", context.Cluster.Name)?.Attributes["ClusterSecurityGroupId"]);
        return cloud.Value.OfType("AWS::EC2::SecurityGroupIngress").Any(rule => groups.Contains(Text(rule.Properties["GroupId"])) && Text(rule.Properties["SourceSecurityGroupId"]) == own
            && Number(rule, "FromPort") <= port && port <= Number(rule, "ToPort"));

        static int Number(CloudThing rule, string end) => int.Parse(Text(rule.Properties[end]), CultureInfo.InvariantCulture);
    }

    private static IEnumerable<string> Texts(JsonNode? node) => node is JsonArray list ? list.Select(Text) : [];

    // CloudFormation has numbers as text too.
    private static string Text(JsonNode? node) => node?.ToString() ?? "";
}
