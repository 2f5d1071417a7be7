namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>What a resource of a type leaves when its DeletionPolicy is Snapshot: a type of our own for it, and the service and kind in its ARN.</summary>
internal static class FinalSnapshots
{
    public static IReadOnlyDictionary<string, (string Type, string Service, string Kind)> Of { get; } = new Dictionary<string, (string, string, string)>(StringComparer.Ordinal)
    {
        ["AWS::RDS::DBCluster"] = ("AWS::RDS::DBClusterSnapshot", "rds", "cluster-snapshot"),
        ["AWS::RDS::DBInstance"] = ("AWS::RDS::DBSnapshot", "rds", "snapshot"),
        // DocumentDB's ARNs are RDS's.
        ["AWS::DocDB::DBCluster"] = ("AWS::RDS::DBClusterSnapshot", "rds", "cluster-snapshot"),
        ["AWS::ElastiCache::ReplicationGroup"] = ("AWS::ElastiCache::Snapshot", "elasticache", "snapshot"),
    };

    public static bool IsOne(string type) => Of.Values.Any(snapshot => snapshot.Type == type);
}
