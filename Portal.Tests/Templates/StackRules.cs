using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;
using static Portal.Tests.Templates.StackTemplate;

namespace Portal.Tests.Templates;

/// <summary>What every template has to keep to, and what cfn-lint is known to let through. Each rule names the resource and the fault.</summary>
internal static partial class StackRules
{
    /// <summary>What holds data, keys or logs, and therefore says what becomes of it.</summary>
    private static readonly string[] HoldData =
        ["AWS::RDS::DBCluster", "AWS::RDS::DBInstance", "AWS::DynamoDB::Table", "AWS::Cognito::UserPool", "AWS::KMS::Key", "AWS::Logs::LogGroup", "AWS::S3::Bucket",
        "AWS::AmazonMQ::Broker", "AWS::DocDB::DBCluster", "AWS::ElastiCache::ReplicationGroup", "AWS::ElastiCache::ServerlessCache", "AWS::OpenSearchService::Domain", "AWS::SNS::Topic"];

    // Names that AWS or the cluster dictates; everything else is named by CloudFormation, so that it can be replaced.
    private static readonly HashSet<string> NamesAllowed = new(StringComparer.Ordinal)
    {
        "AWS::EKS::Cluster", "AWS::SSM::Parameter", "AWS::ApiGatewayV2::VpcLink", "AWS::ApiGateway::RestApi", "AWS::ApiGateway::Authorizer", "AWS::Route53::RecordSet",
    };

    // What nodes in Auto Mode have in them (EKS user guide, "Automode", features).
    private static readonly string[] s_partOfAutoMode = ["vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent", "aws-ebs-csi-driver", "eks-node-monitoring-agent"];

    // Service authorization reference: actions without a resource type.
    private static readonly string[] MadeFromNothing = ["cognito-idp:CreateUserPool", "eks:CreateCluster", "kms:CreateKey", "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:PutResourcePolicy", "secretsmanager:GetRandomPassword"];

    private static readonly string[] PublicAccess = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];

    private static readonly string[] s_names =
    [
        "Name", "RoleName", "ManagedPolicyName", "GroupName", "TableName", "DBClusterIdentifier", "DBInstanceIdentifier", "DBSubnetGroupName", "UserPoolName",
        "FunctionName", "NodegroupName", "LaunchTemplateName", "LogGroupName", "UsagePlanName", "AliasName", "BucketName", "QueueName",
    ];

    public static IReadOnlyList<string> Faults(StackTemplate template) =>
    [
        .. template.Resources.SelectMany(resource => Faults(template, resource.Key, Text(Child(resource.Value, "Type")), resource.Value, Child(resource.Value, "Properties") ?? new YamlMappingNode())),
        .. Statements(template.Root).SelectMany(Faults),
    ];

    private static IEnumerable<string> Faults(StackTemplate template, string id, string type, YamlNode resource, YamlNode properties)
    {
        if (HoldData.Contains(type) && (Child(resource, "DeletionPolicy") is null || Child(resource, "UpdateReplacePolicy") is null))
            yield return $"{id}: says not what becomes of its data";
        if (!NamesAllowed.Contains(type) && s_names.FirstOrDefault(name => Child(properties, name) is not null && !Refers(type, name) && !Dictated(type, properties)) is { } named)
            yield return $"{id}: {named} would be in the way of a replacement";
        var faults = type switch
        {
            "AWS::EKS::Cluster" => Cluster(template, properties),
            "AWS::EKS::Nodegroup" => NodeGroup(template, properties),
            "AWS::EC2::LaunchTemplate" => Check(
                (Text(Child(properties, "LaunchTemplateData", "MetadataOptions", "HttpTokens")) == "required", "instance metadata without a token"),
                (Items(Child(properties, "LaunchTemplateData", "BlockDeviceMappings")).All(disk => Is(disk, "true", "Ebs", "Encrypted")), "a volume is not encrypted")),
            "AWS::EC2::Subnet" => Check((Is(properties, "false", "MapPublicIpOnLaunch"), "gives public addresses")),
            "AWS::EC2::SecurityGroup" or "AWS::EC2::SecurityGroupIngress" => SecurityGroup(properties),
            "AWS::RDS::DBCluster" => Database(properties),
            "AWS::RDS::DBInstance" when Child(properties, "DBClusterIdentifier") is null => Database(properties).Concat(Private(properties)),
            "AWS::RDS::DBInstance" => Private(properties),
            "AWS::DynamoDB::Table" => Check(
                (Is(properties, "true", "SSESpecification", "SSEEnabled"), "not encrypted"),
                (Is(properties, "true", "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"), "no point-in-time recovery"),
                (Child(properties, "DeletionProtectionEnabled") is not null, "no deletion protection to switch on")),
            "AWS::Cognito::UserPool" => Check((Child(properties, "DeletionProtection") is not null, "no deletion protection to switch on")),
            "AWS::KMS::Key" => Check((Is(properties, "true", "EnableKeyRotation"), "the key does not rotate")),
            "AWS::Logs::LogGroup" => Check((Child(properties, "RetentionInDays") is not null, "logs are kept for ever")),
            "AWS::ApiGateway::VpcLink" => Check((Items(Child(properties, "TargetArns")).Count() == 1, "a VPC link takes one target")),
            "AWS::ApiGateway::Method" => Method(template, properties),
            "AWS::ApiGateway::Stage" => Check((Child(properties, "AccessLogSetting") is not null, "no access log")),
            "AWS::ApiGateway::DomainName" => Check((Is(properties, "TLS_1_2", "SecurityPolicy"), "TLS before 1.2")),
            "AWS::S3::Bucket" => Check(
                (Items(Child(properties, "BucketEncryption", "ServerSideEncryptionConfiguration")).Any(), "not encrypted"),
                (PublicAccess.All(way => Is(properties, "true", "PublicAccessBlockConfiguration", way)), "may be made public"),
                (Child(properties, "LifecycleConfiguration") is not null, "keeps things for ever")),
            "AWS::AmazonMQ::Broker" => Private(properties),
            "AWS::DocDB::DBCluster" => Check(
                (Is(properties, "true", "StorageEncrypted"), "not encrypted"),
                (Text(Child(properties, "BackupRetentionPeriod")) == "BackupRetentionDays", "no backups"),
                (Text(Child(properties, "MasterUserPassword")).StartsWith("{{resolve:secretsmanager:", StringComparison.Ordinal), "a password in the template"),
                (Child(properties, "DeletionProtection") is not null, "no deletion protection to switch on")),
            "AWS::ElastiCache::ReplicationGroup" => Check(
                (Is(properties, "true", "AtRestEncryptionEnabled"), "not encrypted"),
                (Is(properties, "required", "TransitEncryptionMode"), "takes connections without TLS"),
                (Child(properties, "SnapshotRetentionLimit") is not null, "no backups")),
            "AWS::OpenSearchService::Domain" => Check(
                (Is(properties, "true", "EncryptionAtRestOptions", "Enabled"), "not encrypted"),
                (Is(properties, "true", "NodeToNodeEncryptionOptions", "Enabled"), "its nodes speak without TLS"),
                (Is(properties, "true", "DomainEndpointOptions", "EnforceHTTPS"), "takes requests without TLS"),
                (Child(properties, "VPCOptions") is not null, "reachable from outside")),
            "AWS::SNS::Topic" => Check((Child(properties, "KmsMasterKeyId") is not null, "not encrypted")),
            "AWS::SQS::Queue" => Check(
                (Is(properties, "true", "SqsManagedSseEnabled") || Child(properties, "KmsMasterKeyId") is not null, "not encrypted"),
                (Child(properties, "MessageRetentionPeriod") is not null, "says not how long it keeps messages")),
            "AWS::Lambda::Function" => Check((Text(Child(properties, "Code", "ZipFile")).Length is > 0 and <= 4_096, "inline code is 4,096 bytes at most")),
            _ => [],
        };
        foreach (var fault in faults)
            yield return $"{id}: {fault}";
    }

    // Parts need each other: half of Auto Mode is accepted by cfn-lint and refused by EKS.
    private static IEnumerable<string> Cluster(StackTemplate template, YamlNode cluster)
    {
        var autoMode = new[]
        {
            Is(cluster, "true", "ComputeConfig", "Enabled"), Is(cluster, "true", "StorageConfig", "BlockStorage", "Enabled"),
            Is(cluster, "true", "KubernetesNetworkConfig", "ElasticLoadBalancing", "Enabled"),
        };
        return Check(
            (autoMode.All(on => on) || !autoMode.Any(on => on), "Auto Mode is on by half"),
            (!autoMode[0] || Is(cluster, "false", "BootstrapSelfManagedAddons"), "Auto Mode with self-managed add-ons"),
            (Items(Child(cluster, "ComputeConfig", "NodePools")).Any() == Child(cluster, "ComputeConfig", "NodeRoleArn") is not null, "node pools and their role go together"),
            (!autoMode[0] || !template.OfType("AWS::EKS::Addon").Any(addon => s_partOfAutoMode.Contains(Text(Child(addon.Properties, "AddonName")))), "an add-on for what Auto Mode brings"),
            (Values(template, Child(cluster, "Version")).All(Supported), "a Kubernetes version without support"),
            (Is(cluster, "API", "AccessConfig", "AuthenticationMode"), "access by other than the API"),
            (Is(cluster, "false", "AccessConfig", "BootstrapClusterCreatorAdminPermissions"), "its creator administers it"),
            (Items(Child(cluster, "EncryptionConfig")).Any(), "secrets are not encrypted with a key"),
            (Items(Child(cluster, "Logging", "ClusterLogging", "EnabledTypes")).Count() == 5, "logs are missing"),
            (Is(cluster, "true", "ResourcesVpcConfig", "EndpointPrivateAccess"), "no private endpoint"));
    }

    private static IEnumerable<string> NodeGroup(StackTemplate template, YamlNode group) => Check(
        (Items(Child(group, "InstanceTypes")).SelectMany(type => Values(template, type)).All(type => InstanceType().IsMatch(type)), "no such instance type"),
        (Items(Child(group, "InstanceTypes")).Any(), "no instance type"),
        (Child(group, "LaunchTemplate") is not null, "no launch template"));

    private static IEnumerable<string> SecurityGroup(YamlNode group) => Items(Child(group, "SecurityGroupIngress")).Append(group)
        .Where(rule => Text(Child(rule, "CidrIp")) == "0.0.0.0/0" || Text(Child(rule, "CidrIpv6")) == "::/0")
        .Select(_ => "open to the world");

    private static IEnumerable<string> Database(YamlNode database) => Check(
        (Child(database, "MasterUserPassword") is null, "a password in the template"),
        (Is(database, "true", "ManageMasterUserPassword"), "no managed password"),
        (Is(database, "true", "StorageEncrypted"), "not encrypted"),
        (Child(database, "BackupRetentionPeriod") is not null && Text(Child(database, "BackupRetentionPeriod")) != "0", "no backups"),
        (Child(database, "DeletionProtection") is not null, "no deletion protection to switch on"),
        (Text(Child(database, "MasterUsername")) is not ("admin" or "postgres" or "root"), "a name that everybody guesses"));

    private static IEnumerable<string> Private(YamlNode instance) => Check((Is(instance, "false", "PubliclyAccessible"), "reachable from outside"));

    private static IEnumerable<string> Method(StackTemplate template, YamlNode method)
    {
        var type = Text(Child(method, "AuthorizationType"));
        var authorizer = template.Resources.GetValueOrDefault(Text(Child(method, "AuthorizerId")));
        var kind = Text(Child(authorizer, "Properties", "Type"));
        return Check(
            (type is "NONE" or "COGNITO_USER_POOLS" or "CUSTOM", $"authorization {type}"),
            (type != "COGNITO_USER_POOLS" || kind == "COGNITO_USER_POOLS", "Cognito authorization without its authorizer"),
            (type != "CUSTOM" || kind is "TOKEN" or "REQUEST", "custom authorization without its authorizer"),
            (Text(Child(method, "Integration", "ConnectionType")) != "VPC_LINK" || Child(method, "Integration", "ConnectionId") is not null, "VPC_LINK without ConnectionId"),
            (Text(Child(method, "Integration", "ConnectionType")) != "VPC_LINK" || Child(method, "Integration", "IntegrationTarget") is not null, "VPC_LINK without the load balancer"),
            (Child(method, "Integration", "TlsConfig") is null, "CloudFormation refuses TlsConfig"));
    }

    private static IEnumerable<string> Faults(YamlNode statement)
    {
        if (Text(Child(statement, "Effect")) == "Deny")
            yield break;
        var actions = Items(Child(statement, "Action")).Select(Text).ToList();
        if (actions.Exists(action => action.Contains('*')))
            yield return $"a statement allows {string.Join(", ", actions)}";
        // A key policy knows no other resource than "*"; it is the key itself. Apart from that, only looking may be unbounded, and making what
        // AWS knows no resource of before it is there, where it is bounded otherwise.
        if (Child(statement, "Principal") is null && Items(Child(statement, "Resource")).Any(resource => Text(resource) == "*"))
        {
            foreach (var action in actions.Where(action => !Reads().IsMatch(action) && !(MadeFromNothing.Contains(action) && Child(statement, "Condition") is not null)))
                yield return $"{action} of every resource";
        }
    }

    public static IEnumerable<YamlMappingNode> Statements(YamlNode root) => Within(root)
        .OfType<YamlMappingNode>()
        .Where(node => Child(node, "Effect") is not null && Child(node, "Action") is not null);

    private static IEnumerable<string> Check(params (bool Holds, string Otherwise)[] rules) => rules.Where(rule => !rule.Holds).Select(rule => rule.Otherwise);

    private static bool Is(YamlNode? node, string value, params string[] path) => Text(Child(node, path)) == value;

    /// <summary>What can stand there: the text itself, or a parameter's default.</summary>
    private static IEnumerable<string> Values(StackTemplate template, YamlNode? node) =>
        node is not null && Tag(node) == "!Ref" && template.Parameters.TryGetValue(Text(node), out var parameter) ? [Text(Child(parameter, "Default"))] : [Text(node)];

    private static bool Supported(string version) =>
        Version().Match(version) is { Success: true } match && int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) >= 33;

    // The name of something else, of which this is a part.
    private static bool Refers(string type, string name) => name switch
    {
        "RoleName" => type == "AWS::IAM::RolePolicy",
        "DBSubnetGroupName" or "DBClusterIdentifier" => type is "AWS::RDS::DBInstance" or "AWS::RDS::DBCluster" or "AWS::DocDB::DBInstance" or "AWS::DocDB::DBCluster",
        "FunctionName" => type == "AWS::Lambda::Permission",
        "LogGroupName" => type == "AWS::EC2::FlowLog",
        _ => false,
    };

    // Log groups that a service would otherwise make itself and keep for ever, or whose names it wants to begin so.
    private static bool Dictated(string type, YamlNode properties) =>
        type == "AWS::Logs::LogGroup" && Text(Child(properties, "LogGroupName")) is var name
        && (name.StartsWith("/aws/eks/", StringComparison.Ordinal) || name.StartsWith("aws-waf-logs-", StringComparison.Ordinal) || name.StartsWith("API-Gateway-Execution-Logs_", StringComparison.Ordinal));

    [GeneratedRegex(@"^1\.([0-9]+)$")]
    private static partial Regex Version();

    [GeneratedRegex(@"^[a-z][a-z0-9-]*\.([0-9]*x?large|metal(-[0-9]+xl)?|medium|small)$")]
    private static partial Regex InstanceType();

    [GeneratedRegex("^(?!secretsmanager|ssm|dynamodb|s3|kms)[a-z0-9-]+:(Describe|Get|List)")]
    private static partial Regex Reads();
}
