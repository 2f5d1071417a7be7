using System.Text.Json.Nodes;

namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>Where the services keep their data: RDS, DynamoDB, Cognito, and SSM for what pods need to know.</summary>
internal static class DataTypes
{
    public static IEnumerable<ResourceType> All =>
    [
        new ResourceType("AWS::RDS::DBCluster", r => r.Name("DBClusterIdentifier", 63).ToLowerInvariant())
            .With("DBClusterArn", r => r.Arn("rds", "cluster:" + r.PhysicalId)).With("DBClusterResourceId", r => "cluster-" + r.Upper(26))
            .With("Endpoint.Address", r => $"{r.PhysicalId}.cluster-{r.Alphanumeric(12, "dns")}.{r.Region}.rds.amazonaws.com")
            .With("Endpoint.Port", r => r.Text("Port", DefaultPort(r))).With("Endpoint", _ => null)
            .With("ReadEndpoint.Address", r => $"{r.PhysicalId}.cluster-ro-{r.Alphanumeric(12, "dns")}.{r.Region}.rds.amazonaws.com")
            .With("MasterUserSecret.SecretArn", ManagedSecret),
        new ResourceType("AWS::RDS::DBInstance", r => r.Name("DBInstanceIdentifier", 63).ToLowerInvariant())
            .With("DBInstanceArn", r => r.Arn("rds", "db:" + r.PhysicalId)).With("DbiResourceId", r => "db-" + r.Upper(26))
            .With("Endpoint.Address", r => $"{r.PhysicalId}.{r.Alphanumeric(12, "dns")}.{r.Region}.rds.amazonaws.com")
            .With("Endpoint.Port", r => r.Text("Port", DefaultPort(r))).With("Endpoint.HostedZoneId", _ => "Z2R2ITUGPM61AM")
            .With("MasterUserSecret.SecretArn", ManagedSecret),
        new ResourceType("AWS::RDS::DBSubnetGroup", r => r.Name("DBSubnetGroupName", 255).ToLowerInvariant()),
        new ResourceType("AWS::RDS::DBParameterGroup", r => r.Name("DBParameterGroupName", 255).ToLowerInvariant()).With("DBParameterGroupName", r => r.PhysicalId),
        new ResourceType("AWS::RDS::DBClusterParameterGroup", r => r.Name("DBClusterParameterGroupName", 255).ToLowerInvariant()),
        new ResourceType("AWS::DynamoDB::Table", r => r.Name("TableName", 255))
            .With("Arn", r => r.Arn("dynamodb", "table/" + r.PhysicalId)).With("TableId", r => r.Guid())
            .With("StreamArn", r => r.Properties.ContainsKey("StreamSpecification") ? r.Arn("dynamodb", $"table/{r.PhysicalId}/stream/2026-01-01T00:00:00.000") : null),
        new ResourceType("AWS::Cognito::UserPool", r => $"{r.Region}_{r.Upper(1)}{r.Alphanumeric(8)}")
            .With("UserPoolId", r => r.PhysicalId).With("Arn", r => r.Arn("cognito-idp", "userpool/" + r.PhysicalId))
            .With("ProviderName", r => $"cognito-idp.{r.Region}.amazonaws.com/{r.PhysicalId}").With("ProviderURL", r => $"https://cognito-idp.{r.Region}.amazonaws.com/{r.PhysicalId}"),
        new ResourceType("AWS::Cognito::UserPoolClient", r => r.Alphanumeric(26))
            .With("ClientId", r => r.PhysicalId).With("Name", r => r.Name("ClientName")),
        new ResourceType("AWS::Cognito::UserPoolGroup", r => r.Name("GroupName")).ScopedBy("UserPoolId"),
        new ResourceType("AWS::Cognito::UserPoolResourceServer", r => r.Text("Identifier")).ScopedBy("UserPoolId"),
        new ResourceType("AWS::Cognito::UserPoolDomain", r => r.Text("Domain"))
            .With("Id", r => r.PhysicalId).With("CloudFrontDistribution", r => $"d{r.Alphanumeric(13)}.cloudfront.net"),
        new ResourceType("AWS::SSM::Parameter", r => r.Name("Name", 1011)).With("Type", r => r.Text("Type")).With("Value", r => r.Text("Value")),
        new ResourceType("AWS::SecretsManager::Secret", r => r.Arn("secretsmanager", $"secret:{r.Name("Name", 255)}-{r.Alphanumeric(6, "arn")}")).With("Id", r => r.PhysicalId),
        new ResourceType("AWS::SecretsManager::RotationSchedule", r => r.Text("SecretId")).With("Id", r => r.PhysicalId),
    ];

    private static string DefaultPort(ResourceContext r) => r.Text("Engine").Contains("postgres", StringComparison.Ordinal) ? "5432" : "3306";

    private static JsonNode? ManagedSecret(ResourceContext r) =>
        r.Text("ManageMasterUserPassword") == "true" ? r.Arn("secretsmanager", $"secret:rds!{(r.Properties.ContainsKey("DBInstanceClass") ? "db" : "cluster")}-{r.Guid("secret")}-{r.Alphanumeric(6, "arn")}") : null;
}
