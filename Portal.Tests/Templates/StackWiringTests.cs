using Portal.Core.Catalog;
using static Portal.Tests.Templates.StackTemplate;

namespace Portal.Tests.Templates;

/// <summary>Stacks are wired by name: an output and the parameter that takes it are called alike.</summary>
public sealed class StackWiringTests
{
    private static readonly string[] LoadBalancer = ["LoadBalancerArn", "LoadBalancerDnsName"];
    private static readonly string[] Database = ["DatabaseHost", "DatabasePort", "DatabaseName", "SecretArn", "DatabaseSecurityGroupId"];

    // template → (what the plan builder gives itself, what it must put out, the templates whose outputs it may take)
    private static readonly Dictionary<string, (string[] Literals, string[] Outputs, string[] After)> Table = new(StringComparer.Ordinal)
    {
        ["iam.yaml"] = ([], ["ClusterRoleArn", "NodeRoleArn", "LoadBalancerControllerRoleArn"], []),
        ["net-core.yaml"] = (["VpcCidr", "ZoneCount"],
            ["VpcId", "ZoneCount", "PublicSubnetIds", "PrivateSubnetIds", "PrivateRouteTableIds", "LoadBalancerSecurityGroupId", "LinkSecurityGroupId"], []),
        ["net-egress.yaml"] = (["NatGateways"], [], ["net-core.yaml"]),
        ["cluster.yaml"] = (["KubernetesVersion", "AdminPrincipalArn", "PublicAccessCidrs"],
            ["ClusterName", "ClusterEndpoint", "ClusterCertificateAuthority", "ClusterSecurityGroupId"], ["iam.yaml", "net-core.yaml"]),
        ["nodes.yaml"] = (["InstanceType", "MinNodes", "MaxNodes", "DesiredNodes"], [], ["iam.yaml", "net-core.yaml", "cluster.yaml"]),
        ["edge-base.yaml"] = (["ApiName"], ["VpcLinkId", "RestApiId", "RestApiRootResourceId"], ["net-core.yaml"]),
        ["edge-routes (open)"] = (["StageName", "ThrottleRate", "ThrottleBurst", .. LoadBalancer], ["ApiUrl"], ["edge-base.yaml"]),
        ["edge-routes (signed in)"] = (["StageName", "ThrottleRate", "ThrottleBurst", .. LoadBalancer], ["ApiUrl"], ["edge-base.yaml", "data-cognito.yaml"]),
        ["data-aurora.yaml"] = (["DatabaseName", "MinCapacity", "MaxCapacity"], Database, ["net-core.yaml"]),
        ["data-rds.yaml"] = (["DatabaseName", "InstanceClass", "AllocatedStorage"], Database, ["net-core.yaml"]),
        ["data-dynamodb.yaml"] = ([], ["TableName", "TableArn"], []),
        ["data-cognito.yaml"] = (["ParameterPath"], ["UserPoolId", "UserPoolArn", "UserPoolClientId", "ParameterPath"], []),
        ["bind-service.yaml"] = (["Namespace", "ServiceAccountName"], [], ["cluster.yaml"]),
    };

    public static TheoryData<string> Names => [.. Table.Keys];

    [Fact]
    public void Table_AllTemplates_AreInIt() => All.Select(template => template.Name).ShouldBe(Table.Keys, ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Names))]
    public void Outputs_EveryTemplate_AreThoseOfTheTable(string name) =>
        Named(name).Outputs.Keys.ShouldBe(Table[name].Outputs, ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Names))]
    public void Parameters_EveryTemplate_AreFedOrHaveADefault(string name)
    {
        var fed = Table[name].After.SelectMany(before => Table[before].Outputs).Concat(Table[name].Literals).ToHashSet(StringComparer.Ordinal);

        Named(name).Parameters.Where(pair => Child(pair.Value, "Default") is null).Select(pair => pair.Key).ShouldBeSubsetOf(fed);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Literals_EveryTemplate_AreParameters(string name) =>
        Table[name].Literals.ShouldBeSubsetOf(Named(name).Parameters.Keys);

    [Fact]
    public void BindService_EveryStore_TakesWhatGivesAccess()
    {
        var parameters = Named("bind-service.yaml").Parameters.Keys;

        parameters.ShouldContain("SecretArn");
        parameters.ShouldContain("DatabaseSecurityGroupId");
        parameters.ShouldContain("TableArn");
        parameters.ShouldContain("UserPoolArn");
        parameters.ShouldContain("ParameterPath");
    }

    [Fact]
    public void Catalog_EveryStore_NamesOutputsAndParametersOfItsTemplate()
    {
        var catalog = CatalogReader.Read(Path.Combine(Folder, "catalog"));

        foreach (var store in catalog.DataStores.Where(store => store.Template.Length > 0))
        {
            var template = Named(store.Template);
            store.Settings.Values.ShouldBeSubsetOf(template.Outputs.Keys, store.Id);
            store.Parameters.Keys.ShouldBeSubsetOf(template.Parameters.Keys, store.Id);
        }
    }

    [Fact]
    public void Catalog_EveryDuration_GrowsFromLowToHighAndSaysWhence()
    {
        var durations = CatalogReader.Read(Path.Combine(Folder, "catalog")).Durations;

        foreach (var (name, entry) in durations.Types.Concat(durations.Activities))
        {
            entry.Create.Low.ShouldBeLessThanOrEqualTo(entry.Create.Typical, name);
            entry.Create.Typical.ShouldBeLessThanOrEqualTo(entry.Create.High, name);
            entry.Source.ShouldNotBeEmpty(name);
        }
    }
}
