using Portal.Core.Provisioning.Changes;
using Portal.Tests.Templates;
using YamlDotNet.RepresentationModel;

namespace Portal.Tests.Provisioning.Changes;

public sealed class UpdateBehaviourTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("update-behaviour");

    [Fact]
    public void Knows_EveryTypeAndPropertyOfTheTemplates_IsTrue()
    {
        var missing = StackTemplate.All.SelectMany(template => template.Resources.Values.SelectMany(resource => Missing(resource).Select(fault => $"{template.Name}: {fault}")));

        missing.Distinct(StringComparer.Ordinal).ShouldBeEmpty("update-behaviour.yaml has to say what a change of these does");
    }

    [Fact]
    public void Holds_StoresOfTheCatalogue_EachHaveAResourceThatHoldsData()
    {
        foreach (var store in Samples.Catalog.DataStores.Where(store => store.Template.Length > 0))
        {
            var types = StackTemplate.Named(store.Template).Resources.Values.Select(resource => StackTemplate.Text(StackTemplate.Child(resource, "Type")));
            types.ShouldContain(type => UserChanges.Behaviour.Of(type).Holds != null, store.Id);
        }
    }

    [Fact]
    public void Read_FileMissing_SaysSo() =>
        Should.Throw<InvalidDataException>(() => UpdateBehaviour.Read(_folder.FullName)).Message.ShouldContain("update-behaviour.yaml is missing");

    [Theory]
    [InlineData("types: { A: { none: [P], some: [P] } }", "A: P is there twice.")]
    [InlineData("types: { A: { conditional: { P: { impact: some, source: hearsay } } } }", "A.P: 'hearsay' is not one of the sources.")]
    [InlineData("sources: { s: x }\ntypes: { A: { conditional: { P: { impact: some, when: zero, source: s } } } }", "A.P: 'when' and 'otherwise' go together.")]
    [InlineData("types:\n  A: { nonsense: 1 }", "update-behaviour.yaml(2,")]
    [InlineData("sources: { s: x }\ntypes:\n  A: { conditional: { P: { impact: terrible, source: s } } }", "update-behaviour.yaml(3,")]
    public void Read_FileWrong_NamesTheFault(string text, string fault)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, UpdateBehaviour.FileName), text);

        Should.Throw<InvalidDataException>(() => UpdateBehaviour.Read(_folder.FullName)).Message.ShouldContain(fault);
    }

    [Theory]
    [InlineData("AWS::RDS::DBInstance", "AllocatedStorage", "20", "40", Impact.None)]
    [InlineData("AWS::RDS::DBInstance", "AllocatedStorage", "100", "40", Impact.Refused)]
    [InlineData("AWS::RDS::DBInstance", "DBInstanceClass", "db.t4g.small", "db.t4g.medium", Impact.Some)]
    [InlineData("AWS::RDS::DBInstance", "BackupRetentionPeriod", "7", "14", Impact.None)]
    [InlineData("AWS::RDS::DBInstance", "BackupRetentionPeriod", "7", "0", Impact.Some)]
    [InlineData("AWS::RDS::DBCluster", "EngineVersion", "17", "17.5", Impact.Some)]
    [InlineData("AWS::RDS::DBCluster", "EngineVersion", "17.5", "17.4", Impact.Refused)]
    [InlineData("AWS::RDS::DBCluster", "DatabaseName", "a", "b", Impact.Replacement)]
    [InlineData("AWS::RDS::DBCluster", "ServerlessV2ScalingConfiguration.MaxCapacity", "4", "8", Impact.None)]
    [InlineData("AWS::EKS::Cluster", "Version", "1.34", "1.35", Impact.Some)]
    [InlineData("AWS::EKS::Cluster", "Version", "1.33", "1.35", Impact.Refused)]
    [InlineData("AWS::EKS::Cluster", "KubernetesNetworkConfig.IpFamily", "ipv4", "ipv6", Impact.Replacement)]
    [InlineData("AWS::EKS::Cluster", "AccessConfig.AuthenticationMode", "API_AND_CONFIG_MAP", "API", Impact.None)]
    [InlineData("AWS::EKS::Nodegroup", "ScalingConfig.MaxSize", "4", "8", Impact.None)]
    [InlineData("AWS::EKS::Nodegroup", "CapacityType", "ON_DEMAND", "SPOT", Impact.Replacement)]
    [InlineData("AWS::DynamoDB::Table", "KeySchema", "a", "b", Impact.Replacement)]
    [InlineData("AWS::DynamoDB::Table", "DeletionProtectionEnabled", "false", "true", Impact.None)]
    [InlineData("AWS::Cognito::UserPool", "UsernameAttributes", "email", "phone_number", Impact.Refused)]
    [InlineData("AWS::ApiGateway::Stage", "MethodSettings", "1", "2", Impact.None)]
    [InlineData("AWS::ApiGateway::ApiKey", "Name", "a", "b", Impact.Replacement)]
    public void Assess_Change_HasTheImpactAwsDocuments(string type, string property, string before, string after, Impact impact) =>
        UserChanges.Behaviour.Of(type).Assess(type, property, before, after).Impact.ShouldBe(impact);

    public void Dispose() => _folder.Delete(recursive: true);

    private static IEnumerable<string> Missing(YamlMappingNode resource)
    {
        var type = StackTemplate.Text(StackTemplate.Child(resource, "Type"));
        if (!UserChanges.Behaviour.Knows(type))
            return [type];
        return StackTemplate.Child(resource, "Properties") is YamlMappingNode properties
            ? properties.Children.Keys.Select(StackTemplate.Text).Where(property => !UserChanges.Behaviour.Knows(type, property)).Select(property => $"{type}.{property}")
            : [];
    }
}
