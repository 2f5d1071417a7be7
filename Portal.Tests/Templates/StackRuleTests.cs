using System.Text.RegularExpressions;
using Portal.Tests.Provisioning;
using YamlDotNet.RepresentationModel;
using static Portal.Tests.Templates.StackTemplate;

namespace Portal.Tests.Templates;

/// <summary>What single templates promise; rules for all of them are in StackRules.</summary>
public sealed class StackRuleTests
{
    [Theory]
    [InlineData("data-aurora.yaml", "AWS::RDS::DBCluster")]
    [InlineData("data-rds.yaml", "AWS::RDS::DBInstance")]
    [InlineData("data-aurora-mysql.yaml", "AWS::RDS::DBCluster")]
    [InlineData("data-rds-mysql.yaml", "AWS::RDS::DBInstance")]
    [InlineData("data-documentdb.yaml", "AWS::DocDB::DBCluster")]
    public void Databases_Always_AreEncryptedAndBackedUpAndLeaveASnapshotWhenReplaced(string name, string type)
    {
        var template = Named(name);
        var (id, database) = template.OfType(type).First();

        Text(Child(database, "StorageEncrypted")).ShouldBe("true");
        Text(Child(database, "BackupRetentionPeriod")).ShouldBe("BackupRetentionDays");
        Items(Child(template.Resources[id], "DeletionPolicy")).Select(Text).ShouldBe(["LeavesSnapshot", "Snapshot", "Delete"]);
        Text(Child(template.Root, "Transform")).ShouldBe("AWS::LanguageExtensions", "a function in DeletionPolicy takes it");
        Text(Child(template.Resources[id], "UpdateReplacePolicy")).ShouldBe("Snapshot");
    }

    [Fact]
    public void UserPool_WhereTheClassKeepsTheLastState_StaysBehind()
    {
        var template = Named("data-cognito.yaml");
        var (id, _) = template.OfType("AWS::Cognito::UserPool").Single();

        Items(Child(template.Resources[id], "DeletionPolicy")).Select(Text).ShouldBe(["StaysBehind", "Retain", "Delete"]);
        Text(Child(template.Resources[id], "UpdateReplacePolicy")).ShouldBe("Retain");
    }

    [Fact]
    public void SettingsOfTheAccount_Always_BelongToTheTarget() =>
        All.Where(template => template.OfType("AWS::ApiGateway::Account").Any()).Select(template => template.Name).ShouldBe(["target.yaml"]);

    [Theory]
    [InlineData("cluster.yaml")]
    [InlineData("cluster-auto.yaml")]
    public void Cluster_Protected_RefusesItsDeletion(string name) =>
        Text(Child(Named(name).OfType("AWS::EKS::Cluster").Single().Properties, "DeletionProtection")).ShouldBe("DeletionProtection");

    /// <summary>MySQL takes connections without TLS unless its parameters say otherwise; PostgreSQL does not since 15, DocumentDB never did.</summary>
    [Theory]
    [InlineData("data-aurora-mysql.yaml", "AWS::RDS::DBClusterParameterGroup", "ON")]
    [InlineData("data-rds-mysql.yaml", "AWS::RDS::DBParameterGroup", "1")]
    public void MySql_Always_WantsEncryptedConnections(string name, string type, string value) =>
        Text(Child(Named(name).OfType(type).Single().Properties, "Parameters", "require_secure_transport")).ShouldBe(value);

    [Theory]
    [InlineData("1.35", true)]
    [InlineData("1.19", false)]
    [InlineData("1.9", false)]
    public void KubernetesVersion_OldOnes_AreRefused(string version, bool accepted) =>
        Accepts("cluster.yaml", "KubernetesVersion", version).ShouldBe(accepted);

    [Theory]
    [InlineData("cluster.yaml")]
    [InlineData("cluster-auto.yaml")]
    [InlineData("nodes.yaml")]
    public void KubernetesVersion_ThoseOfTheCatalogue_AreAccepted(string template) =>
        Samples.Catalog.KubernetesVersions.ShouldAllBe(version => Accepts(template, "KubernetesVersion", version.Version));

    [Theory]
    [InlineData("t3.large", true)]
    [InlineData("m7g.16xlarge", true)]
    [InlineData("c7i.metal-24xl", true)]
    [InlineData("t3.bogus", false)]
    [InlineData("large", false)]
    public void InstanceType_BogusOnes_AreRefused(string type, bool accepted) =>
        Accepts("nodes.yaml", "InstanceType", type).ShouldBe(accepted);

    [Theory]
    [InlineData("10.40.0.0/16", true)]
    [InlineData("172.16.0.0/20", true)]
    [InlineData("192.168.0.0/18", true)]
    [InlineData("10.40.0.0/24", false)]
    [InlineData("10.400.0.0/16", false)]
    [InlineData("8.8.0.0/16", false)]
    public void VpcCidr_TooSmallOrPublic_IsRefused(string cidr, bool accepted) =>
        Accepts("net-core.yaml", "VpcCidr", cidr).ShouldBe(accepted);

    [Fact]
    public void Nodes_Always_DemandMetadataTokensAndCoreDnsWaitsForThem()
    {
        var template = Named("nodes.yaml");
        var (_, launch) = template.OfType("AWS::EC2::LaunchTemplate").Single();

        Text(Child(launch, "LaunchTemplateData", "MetadataOptions", "HttpTokens")).ShouldBe("required");
        Text(Child(launch, "LaunchTemplateData", "MetadataOptions", "HttpPutResponseHopLimit")).ShouldBe("1");
        Text(Child(template.Resources["CoreDns"], "DependsOn")).ShouldBe("NodeGroup");
        Named("cluster.yaml").OfType("AWS::EKS::Addon").Select(addon => Text(Child(addon.Properties, "AddonName"))).ShouldNotContain("coredns");
    }

    // Two files, because a condition on every line would hide what either makes; what they have in common must not drift apart.
    [Fact]
    public void Cluster_InEitherMode_HasTheSameKeyLogsAccessAndEndpoint()
    {
        var (managed, auto) = (Named("cluster.yaml"), Named("cluster-auto.yaml"));
        string[] ownOfAutoMode = ["ComputeConfig", "StorageConfig", "KubernetesNetworkConfig"];

        foreach (var id in (string[])["SecretsKey", "ControlPlaneLogs", "AdminAccess"])
            auto.Resources[id].ShouldBe(managed.Resources[id], id);
        foreach (var (name, parameter) in auto.Parameters.Where(parameter => parameter.Key != "NodeRoleArn"))
            parameter.ShouldBe(managed.Parameters[name], name);
        auto.Outputs.ShouldBe(managed.Outputs);
        Properties(auto).Where(property => !ownOfAutoMode.Contains(property.Key)).ShouldBe(Properties(managed), ignoreOrder: true);

        static Dictionary<string, YamlNode> Properties(StackTemplate template) =>
            ((YamlMappingNode)Child(template.Resources["Cluster"], "Properties")!).Children.ToDictionary(pair => Text(pair.Key), pair => pair.Value);
    }

    // EKS user guide, "Learn about identity and access in EKS Auto Mode" and "Enable EKS Auto Mode on an existing cluster".
    [Fact]
    public void Roles_InAutoMode_AreThoseOfTheUserGuide()
    {
        var template = Named("iam-auto.yaml");

        Policies("ClusterRole").ShouldBe(
            ["AmazonEKSClusterPolicy", "AmazonEKSComputePolicy", "AmazonEKSBlockStoragePolicy", "AmazonEKSLoadBalancingPolicy", "AmazonEKSNetworkingPolicy"], ignoreOrder: true);
        Policies("NodeRole").ShouldBe(["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"], ignoreOrder: true);
        StackRules.Statements(template.Resources["ClusterRole"]).SelectMany(statement => Items(Child(statement, "Action"))).Select(Text).ShouldBe(["sts:AssumeRole", "sts:TagSession"]);
        // A cluster's role cannot be exchanged: the stack has to find it under the same id when the mode is switched.
        template.Resources.Keys.ShouldBeSubsetOf(Named("iam.yaml").Resources.Keys);

        IEnumerable<string> Policies(string role) => Items(Child(template.Resources[role], "Properties", "ManagedPolicyArns")).Select(arn => Text(arn).Split('/')[^1]);
    }

    [Fact]
    public void MetricsServer_InEitherMode_IsTheSame()
    {
        var (managed, auto) = (Named("nodes.yaml"), Named("nodes-auto.yaml"));

        auto.Resources.Keys.ShouldBe(["MetricsServer"]);
        Child(auto.Resources["MetricsServer"], "Properties").ShouldBe(Child(managed.Resources["MetricsServer"], "Properties"));
        auto.Parameters["MetricsServerVersion"].ShouldBe(managed.Parameters["MetricsServerVersion"]);
    }

    /// <summary>It is called what it was called before services had several stores: the same rule cannot be there twice, so another one could not be made beside it.</summary>
    [Fact]
    public void BindService_StoreWithoutAName_KeepsTheRuleThatItHad() =>
        Named("bind-service (several stores)").OfType("AWS::EC2::SecurityGroupIngress").Select(rule => rule.Id).ShouldBe(["DatabaseIngress", "Store2StoreIngress", "Store3StoreIngress", "Store3StoreAdminIngress"]);

    [Fact]
    public void VpcLink_Always_IsOfTheSecondKind()
    {
        All.SelectMany(template => template.OfType("AWS::ApiGateway::VpcLink")).ShouldBeEmpty();
        Named("edge-base.yaml").OfType("AWS::ApiGatewayV2::VpcLink").ShouldHaveSingleItem();
    }

    [Fact]
    public void LoadBalancerSecurityGroup_Always_AdmitsTheLinkOnly()
    {
        var (_, group) = Named("net-core.yaml").OfType("AWS::EC2::SecurityGroup").Single(pair => pair.Id == "LoadBalancerSecurityGroup");

        foreach (var rule in Items(Child(group, "SecurityGroupIngress")))
            Text(Child(rule, "SourceSecurityGroupId")).ShouldBe("LinkSecurityGroup");
    }

    [Theory]
    [InlineData("iam.yaml", 1)]
    [InlineData("target.yaml", 4)]
    public void ManagedPolicies_Minified_FitIntoWhatIamTakes(string template, int count)
    {
        var policies = Named(template).OfType("AWS::IAM::ManagedPolicy").ToList();

        policies.Count.ShouldBe(count);
        // White space does not count. Every character of YAML's values, plus JSON's quotes, colons, commas and brackets.
        foreach (var (id, policy) in policies)
            Weight(Child(policy, "PolicyDocument")!).ShouldBeLessThan(6_144, id);
    }

    private static int Weight(YamlNode node) => node switch
    {
        YamlMappingNode mapping => 2 + mapping.Children.Sum(pair => Text(pair.Key).Length + 4 + Weight(pair.Value)),
        YamlSequenceNode sequence => 2 + sequence.Children.Sum(child => 1 + Weight(child)),
        _ => 2 + Resolved(Text(node)).Length,
    };

    private static string Resolved(string text) => text
        .Replace("${AWS::Partition}", "aws-us-gov", StringComparison.Ordinal)
        .Replace("${AWS::Region}", "ap-southeast-1", StringComparison.Ordinal)
        .Replace("${AWS::AccountId}", "123456789012", StringComparison.Ordinal)
        .Replace("${AWS::URLSuffix}", "amazonaws.com.cn", StringComparison.Ordinal);

    private static bool Accepts(string template, string parameter, string value) =>
        Regex.IsMatch(value, Text(Child(Named(template).Parameters[parameter], "AllowedPattern")), RegexOptions.None, TimeSpan.FromSeconds(1));
}
