using System.Text.Json.Nodes;

namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>Caches, brokers, documents, topics and search, with the attributes that the templates read.</summary>
internal static class StoreTypes
{
    public static IEnumerable<ResourceType> All =>
    [
        new ResourceType("AWS::ElastiCache::ServerlessCache", r => r.Text("ServerlessCacheName"))
            .With("ARN", r => r.Arn("elasticache", "serverlesscache:" + r.PhysicalId))
            .With("Endpoint.Address", r => $"{r.PhysicalId}-{r.Alphanumeric(6, "dns")}.serverless.{r.Region}.cache.amazonaws.com").With("Endpoint.Port", _ => "6379"),
        new ResourceType("AWS::ElastiCache::ReplicationGroup", r => r.Name("ReplicationGroupId", 40).ToLowerInvariant())
            .With("PrimaryEndPoint.Address", r => $"master.{r.PhysicalId}.{r.Alphanumeric(6, "dns")}.{r.Region}.cache.amazonaws.com")
            .With("PrimaryEndPoint.Port", r => r.Text("Port", "6379")),
        new ResourceType("AWS::ElastiCache::SubnetGroup", r => r.Name("CacheSubnetGroupName", 255).ToLowerInvariant()),
        new ResourceType("AWS::AmazonMQ::Broker", r => "b-" + r.Guid())
            .With("Arn", r => r.Arn("mq", $"broker:{r.Text("BrokerName")}:{r.PhysicalId}"))
            .With("AmqpEndpoints", r => new JsonArray($"amqps://{r.PhysicalId}.mq.{r.Region}.amazonaws.com:5671")),
        new ResourceType("AWS::DocDB::DBCluster", r => r.Name("DBClusterIdentifier", 63).ToLowerInvariant())
            .With("Endpoint", r => $"{r.PhysicalId}.cluster-{r.Alphanumeric(12, "dns")}.{r.Region}.docdb.amazonaws.com").With("Port", r => r.Text("Port", "27017")),
        new ResourceType("AWS::DocDB::DBInstance", r => r.Name("DBInstanceIdentifier", 63).ToLowerInvariant()),
        new ResourceType("AWS::DocDB::DBSubnetGroup", r => r.Name("DBSubnetGroupName", 255).ToLowerInvariant()),
        new ResourceType("AWS::OpenSearchService::Domain", r => r.Name("DomainName", 28).ToLowerInvariant())
            .With("Arn", r => r.Arn("es", "domain/" + r.PhysicalId)).With("DomainEndpoint", r => $"vpc-{r.PhysicalId}-{r.Alphanumeric(26, "dns")}.{r.Region}.es.amazonaws.com"),
        new ResourceType("AWS::SNS::Topic", r => r.Arn("sns", r.Name("TopicName", 256))).With("TopicArn", r => r.PhysicalId),
        new ResourceType("AWS::SNS::TopicPolicy", r => $"{r.StackName}-{r.LogicalId}-{r.Upper(12)}").With("Id", r => r.PhysicalId),
    ];
}
