using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Aws.Events;
using Portal.Emulator.Aws.LoadBalancing;
using Portal.Emulator.Aws.Logs;
using Portal.Emulator.Aws.Objects;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>What keeps a resource from being made or deleted: protection, and whatever still uses it.</summary>
internal sealed class DeletionRules(IKubernetesFleet fleet, LoadBalancers loadBalancers, Inventory inventory, ObjectStore objects, LogGroups logGroups, ExistenceRules existence)
{
    /// <summary>Null, or why AWS refuses to create it now.</summary>
    public string? CreationBlockedBy(string type, JsonObject properties) => existence.FaultOf(type, properties, before: null) ?? type switch
    {
        "AWS::ApiGateway::Deployment" when !inventory.OfType("AWS::ApiGateway::Method").Any(method => method.Properties["RestApiId"].SameAs(properties["RestApiId"])) =>
            "The REST API doesn't contain any methods (Service: ApiGateway, Status Code: 400, Error Code: BadRequestException)",
        LogGroups.Type when properties["LogGroupName"].ToText() is { Length: > 0 } name && logGroups.IsLeftover(name) =>
            $"Resource of type 'AWS::Logs::LogGroup' with identifier '{{\"/properties/LogGroupName\":\"{name}\"}}' already exists.",
        "AWS::EKS::Cluster" or "AWS::Events::Rule" => Unsound(type, properties),
        _ => null,
    };

    /// <summary>Null, or why AWS refuses to change it so.</summary>
    public string? UpdateBlockedBy(string type, JsonObject properties, JsonObject before) => existence.FaultOf(type, properties, before) ?? Unsound(type, properties);

    private static string? Unsound(string type, JsonObject properties) => type switch
    {
        "AWS::EKS::Cluster" => AutoModeRules.FaultOf(properties),
        "AWS::Events::Rule" when properties["EventPattern"] is { } pattern && EventPattern.FaultOf(pattern) is { } fault =>
            $"Event pattern is not valid. Reason: {fault} (Service: EventBridge, Status Code: 400, Error Code: InvalidEventPatternException)",
        _ => null,
    };

    /// <summary>Null, or why AWS refuses to delete it now.</summary>
    public string? DeletionBlockedBy(CloudResource resource) => ProtectionOf(resource) ?? resource.Type switch
    {
        "AWS::EC2::VPC" when fleet.LoadBalancersInVpc(resource.PhysicalId) > 0 || loadBalancers.Holds(lb => lb.VpcId == resource.PhysicalId) =>
            Dependency($"The vpc '{resource.PhysicalId}' has dependencies and cannot be deleted."),
        "AWS::EC2::Subnet" when loadBalancers.Holds(lb => lb.SubnetIds.Contains(resource.PhysicalId)) =>
            Dependency($"The subnet '{resource.PhysicalId}' has dependencies and cannot be deleted."),
        "AWS::EC2::SecurityGroup" when loadBalancers.Holds(lb => lb.SecurityGroupIds.Contains(resource.PhysicalId)) =>
            Dependency($"resource {resource.PhysicalId} has a dependent object"),
        "AWS::EC2::InternetGateway" when inventory.OfType("AWS::EC2::VPCGatewayAttachment").Any(one => one.Properties["InternetGatewayId"].ToText() == resource.PhysicalId) =>
            Dependency($"The internetGateway '{resource.PhysicalId}' has dependencies and cannot be deleted."),
        "AWS::ApiGatewayV2::VpcLink" => LinkInUse(resource),
        ObjectStore.BucketType when objects.Holds(resource.PhysicalId) => "The bucket you tried to delete is not empty (Service: S3, Status Code: 409, Error Code: BucketNotEmpty)",
        "AWS::EKS::Cluster" when inventory.OfType("AWS::EKS::Nodegroup").Any(group => group.Properties["ClusterName"].ToText() == resource.PhysicalId) =>
            $"Cluster has nodegroups attached (Service: Eks, Status Code: 409, Error Code: ResourceInUseException)",
        _ => null,
    };

    private static string? ProtectionOf(CloudResource resource)
    {
        bool Is(string property, string value) => string.Equals(resource.Properties[property].ToText(), value, StringComparison.OrdinalIgnoreCase);
        return resource.Type switch
        {
            "AWS::RDS::DBInstance" when Is("DeletionProtection", "true") =>
                "Cannot delete protected DB Instance, please disable deletion protection and try again. (Service: Rds, Status Code: 400, Error Code: InvalidParameterCombination)",
            "AWS::DocDB::DBCluster" when Is("DeletionProtection", "true") =>
                "Cannot delete protected Cluster, please disable deletion protection and try again. (Service: DocDb, Status Code: 400, Error Code: InvalidParameterCombination)",
            "AWS::RDS::DBCluster" when Is("DeletionProtection", "true") =>
                "Cannot delete protected Cluster, please disable deletion protection and try again. (Service: Rds, Status Code: 400, Error Code: InvalidParameterCombination)",
            "AWS::DynamoDB::Table" when Is("DeletionProtectionEnabled", "true") =>
                "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first. (Service: DynamoDb, Status Code: 400, Error Code: ValidationException)",
            "AWS::Cognito::UserPool" when Is("DeletionProtection", "ACTIVE") =>
                "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first. (Service: CognitoIdentityProvider, Status Code: 400, Error Code: InvalidParameterException)",
            "AWS::EKS::Cluster" when Is("DeletionProtection", "true") =>
                $"Cluster {resource.PhysicalId} has deletion protection enabled. Disable deletion protection before you delete it. (Service: Eks, Status Code: 400, Error Code: InvalidRequestException)",
            _ => null,
        };
    }

    private string? LinkInUse(CloudResource link)
    {
        var users = inventory.OfType("AWS::ApiGateway::Method").Where(method => method.Properties["Integration"]?["ConnectionId"].ToText() == link.PhysicalId)
            .Select(method => $"{method.Properties["RestApiId"].ToText()}:{method.Properties["ResourceId"].ToText()}:{method.Properties["HttpMethod"].ToText()}").ToList();
        return users.Count == 0 ? null :
            $"Cannot delete vpc link. Vpc link '{link.PhysicalId}', is referenced in [{string.Join(", ", users)}] in format of [Api:Resource:Method]. (Service: ApiGatewayV2, Status Code: 400, Error Code: BadRequestException)";
    }

    private static string Dependency(string message) => $"{message} (Service: Ec2, Status Code: 400, Error Code: DependencyViolation)";
}
