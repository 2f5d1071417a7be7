using static Portal.Tests.Templates.StackTemplate;

namespace Portal.Tests.Templates;

/// <summary>The rules notice each mistake that cfn-lint is known to pass, and each of ours.</summary>
public sealed class PlantedMistakesTests
{
    public static TheoryData<string> Names => [.. All.Select(template => template.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Rules_EveryTemplate_AreKept(string name) => StackRules.Faults(Named(name)).ShouldBeEmpty();

    [Theory]
    // What facts say cfn-lint passes.
    [InlineData("cluster.yaml", "Default: \"1.35\"", "Default: \"1.19\"", "without support")]
    [InlineData("nodes.yaml", "Default: t3.large", "Default: t3.bogus", "no such instance type")]
    [InlineData("cluster.yaml", "      UpgradePolicy:", "      ComputeConfig: { Enabled: true }\n      UpgradePolicy:", "Auto Mode is on by half")]
    [InlineData("cluster-auto.yaml", "        ElasticLoadBalancing:\n          Enabled: true", "        ElasticLoadBalancing:\n          Enabled: false", "Auto Mode is on by half")]
    [InlineData("cluster-auto.yaml", "        BlockStorage:\n          Enabled: true", "        BlockStorage:\n          Enabled: false", "Auto Mode is on by half")]
    [InlineData("cluster-auto.yaml", "      ComputeConfig:\n        Enabled: true", "      ComputeConfig:\n        Enabled: false", "Auto Mode is on by half")]
    [InlineData("cluster-auto.yaml", "BootstrapSelfManagedAddons: false", "BootstrapSelfManagedAddons: true", "Auto Mode with self-managed add-ons")]
    [InlineData("cluster-auto.yaml", "        NodeRoleArn: !Ref NodeRoleArn\n", "", "node pools and their role go together")]
    [InlineData("cluster-auto.yaml", "  AdminAccess:\n", "  Cni:\n    Type: AWS::EKS::Addon\n    Properties: { ClusterName: !Ref Cluster, AddonName: vpc-cni }\n  AdminAccess:\n", "an add-on for what Auto Mode brings")]
    [InlineData("edge-routes (signed in)", "      AuthorizerId: !Ref SignIn\n", "", "Cognito authorization without its authorizer")]
    [InlineData("edge-routes (open)", "        ConnectionId: !Ref VpcLinkId\n", "", "VPC_LINK without ConnectionId")]
    [InlineData("data-aurora.yaml", "ManageMasterUserPassword: true", "ManageMasterUserPassword: true\n      MasterUserPassword: hunter2hunter2", "a password in the template")]
    [InlineData("edge-base.yaml", "  RestApi:\n", "  Old:\n    Type: AWS::ApiGateway::VpcLink\n    Properties: { TargetArns: [a, b] }\n  RestApi:\n", "takes one target")]
    // Ours.
    [InlineData("edge-routes (everything)", "CUSTOM\n      AuthorizerId: !Ref TokenSignIn", "CUSTOM\n      AuthorizerId: !Ref SignIn", "custom authorization without its authorizer")]
    [InlineData("edge-routes (open)", "IntegrationTarget: !Ref LoadBalancerArn", "TlsConfig: { InsecureSkipVerification: true }", "without the load balancer")]
    [InlineData("data-aurora.yaml", "StorageEncrypted: true", "StorageEncrypted: false", "not encrypted")]
    [InlineData("data-rds.yaml", "PubliclyAccessible: false", "PubliclyAccessible: true", "reachable from outside")]
    [InlineData("data-rds.yaml", "BackupRetentionPeriod: !Ref BackupRetentionDays", "BackupRetentionPeriod: 0", "no backups")]
    [InlineData("data-rds.yaml", "    DeletionPolicy: !If [LeavesSnapshot, Snapshot, Delete]\n", "", "what becomes of its data")]
    [InlineData("data-dynamodb.yaml", "PointInTimeRecoveryEnabled: true", "PointInTimeRecoveryEnabled: false", "no point-in-time recovery")]
    [InlineData("data-dynamodb.yaml", "      BillingMode:", "      TableName: carts\n      BillingMode:", "in the way of a replacement")]
    [InlineData("iam.yaml", "      Description: Assumed by the EKS control plane.", "      RoleName: cluster", "in the way of a replacement")]
    [InlineData("nodes.yaml", "HttpTokens: required", "HttpTokens: optional", "metadata without a token")]
    [InlineData("net-core.yaml", "MapPublicIpOnLaunch: false", "MapPublicIpOnLaunch: true", "gives public addresses")]
    [InlineData("net-core.yaml", "SourceSecurityGroupId: !Ref LinkSecurityGroup", "CidrIp: 0.0.0.0/0", "open to the world")]
    [InlineData("net-core.yaml", "      RetentionInDays: !Ref LogRetentionDays\n", "      Tags: []\n", "kept for ever")]
    [InlineData("cluster.yaml", "AuthenticationMode: API", "AuthenticationMode: API_AND_CONFIG_MAP", "other than the API")]
    [InlineData("cluster.yaml", "EnableKeyRotation: true", "EnableKeyRotation: false", "does not rotate")]
    [InlineData("data-dynamodb.yaml", "- dynamodb:Scan", "- dynamodb:*", "a statement allows")]
    [InlineData("data-aurora.yaml", "Resource: !GetAtt Cluster.MasterUserSecret.SecretArn", "Resource: \"*\"", "of every resource")]
    [InlineData("edge-base.yaml", "SecurityPolicy: TLS_1_2", "SecurityPolicy: TLS_1_0", "TLS before 1.2")]
    [InlineData("data-documentdb.yaml", "{{resolve:secretsmanager:${Secret}:SecretString:password}}", "hunter2hunter2", "a password in the template")]
    [InlineData("data-opensearch.yaml", "EnforceHTTPS: true", "EnforceHTTPS: false", "takes requests without TLS")]
    [InlineData("data-rabbitmq.yaml", "PubliclyAccessible: false", "PubliclyAccessible: true", "reachable from outside")]
    [InlineData("data-sns.yaml", "      KmsMasterKeyId: alias/aws/sns\n", "      DisplayName: topic\n", "not encrypted")]
    [InlineData("data-valkey.yaml", "TransitEncryptionMode: required", "TransitEncryptionMode: preferred", "takes connections without TLS")]
    public void Rules_Mistake_IsNoticed(string name, string before, string after, string fault) =>
        StackRules.Faults(Named(name).With(before, after)).ShouldContain(found => found.Contains(fault, StringComparison.Ordinal));
}
