using System.Text.Json.Nodes;
using Portal.Emulator.Aws;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Tests.Templates;

namespace Portal.Tests.Emulator.Aws;

/// <summary>
/// Values are checked against AWS's resource schemas (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/); the words
/// are those of the validator it uses, org.everit.json.schema.
/// </summary>
public sealed class PropertyTypeTests : IDisposable
{
    private static readonly PropertyTypes s_types = PropertyTypes.Read();

    private readonly TestFolder _folder = new();
    private readonly AwsHalf _aws;

    public PropertyTypeTests() => _aws = new AwsHalf(_folder);

    [Theory]
    [InlineData("AWS::EC2::VPC", "{ CidrBlock: 10.0.0.0/16, EnableDnsSupport: maybe }", "#/EnableDnsSupport: expected type: Boolean, found: String")]
    [InlineData("AWS::EC2::VPC", "{ CidrBlock: [10.0.0.0/16] }", "#/CidrBlock: expected type: String, found: JSONArray")]
    [InlineData("AWS::EC2::VPC", "{ CidrBlock: 10.0.0.0/16, Tags: { a: b } }", "#/Tags: expected type: JSONArray, found: JSONObject")]
    [InlineData("AWS::EC2::VPC", "{ CidrBlock: 10.0.0.0/16, Tags: [{ Key: a }] }", "#/Tags/0: required key [Value] not found")]
    [InlineData("AWS::EC2::VPC", "{ CidrBlock: 10.0.0.0/16, VpcId: vpc-1 }", "#: extraneous key [VpcId] is not permitted")]
    [InlineData("AWS::EC2::Subnet", "{ CidrBlock: 10.0.0.0/24 }", "#: required key [VpcId] not found")]
    [InlineData("AWS::EKS::Nodegroup", "{ ClusterName: c, NodeRole: r, Subnets: [s], ScalingConfig: { MinSize: few } }", "#/ScalingConfig/MinSize: expected type: Integer, found: String")]
    [InlineData("AWS::EKS::Nodegroup", "{ ClusterName: c, NodeRole: r, Subnets: [s], ScalingConfig: { MinSize: -1 } }", "#/ScalingConfig/MinSize: -1 is not greater or equal to 0")]
    [InlineData("AWS::EKS::Nodegroup", "{ ClusterName: c, NodeRole: r, Subnets: s }", "#/Subnets: expected type: JSONArray, found: String")]
    [InlineData("AWS::RDS::DBCluster", "{ ServerlessV2ScalingConfiguration: { MinCapacity: lots } }", "#/ServerlessV2ScalingConfiguration/MinCapacity: expected type: Number, found: String")]
    [InlineData("AWS::SSM::Parameter", "{ Type: Text, Value: a }", "#/Type: Text is not a valid enum value")]
    [InlineData("AWS::Logs::LogGroup", "{ RetentionInDays: 31 }", "#/RetentionInDays: 31 is not a valid enum value")]
    [InlineData("AWS::Logs::LogGroup", "{ LogGroupName: 'a b' }", "#/LogGroupName: string [a b] does not match pattern ^[.\\-_/#A-Za-z0-9]{1,512}\\Z")]
    [InlineData("AWS::DynamoDB::Table", "{ KeySchema: [], PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: [] } }", "#/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled: expected type: Boolean, found: JSONArray")]
    [InlineData("AWS::ApiGatewayV2::VpcLink", "{ Name: link, SubnetIds: [s], Tags: [a] }", "#/Tags: expected type: JSONObject, found: JSONArray")]
    public void FaultOf_WrongValue_IsTheSchemasSentence(string type, string properties, string fault) =>
        s_types.FaultOf(type, "R", Yaml(properties)).ShouldBe($"Properties validation failed for resource R with message:\n[{fault}]");

    /// <summary>CloudFormation converts texts, numbers and booleans into each other.</summary>
    [Theory]
    [InlineData("AWS::EC2::VPC", "{ CidrBlock: 10.0.0.0/16, EnableDnsSupport: \"true\", EnableDnsHostnames: true }")]
    [InlineData("AWS::RDS::DBInstance", "{ AllocatedStorage: 20, BackupRetentionPeriod: \"7\", Port: 5432 }")]
    [InlineData("AWS::RDS::DBCluster", "{ ServerlessV2ScalingConfiguration: { MinCapacity: \"0.5\", MaxCapacity: 4 }, Port: \"5432\" }")]
    [InlineData("AWS::IAM::Role", "{ AssumeRolePolicyDocument: { Statement: [{ Effect: Allow }] } }")]
    [InlineData("AWS::ApiGatewayV2::VpcLink", "{ Name: 5, SubnetIds: [s], Tags: { a: b } }")]
    [InlineData("AWS::Logs::LogGroup", "{ LogGroupName: '{{resolve:ssm:/a b}}' }")]
    public void FaultOf_ValueThatConverts_IsNone(string type, string properties) => s_types.FaultOf(type, "R", Yaml(properties)).ShouldBeNull();

    [Fact]
    public void FaultOf_SeveralFaults_NamesThemAll() =>
        s_types.FaultOf("AWS::EC2::Subnet", "R", Yaml("{ Size: 3, MapPublicIpOnLaunch: perhaps }")).ShouldBe("""
            Properties validation failed for resource R with message:
            [#: required key [VpcId] not found
            #: extraneous key [Size] is not permitted
            #/MapPublicIpOnLaunch: expected type: Boolean, found: String]
            """.ReplaceLineEndings("\n"));

    public static TheoryData<string> Templates => [.. StackTemplate.All.Select(template => template.Name)];

    /// <summary>Whichever way each condition goes, and taking every other function's value for right.</summary>
    [Theory]
    [MemberData(nameof(Templates))]
    public void FaultOf_OurTemplates_IsNone(string name)
    {
        var template = Template.Parse(StackTemplate.Named(name).Body);
        foreach (var resource in template.Resources.Values)
        {
            ResourceTypes.Find(resource.Type).ShouldNotBeNull(resource.Type);
            s_types.Knows(resource.Type).ShouldBeTrue($"property-types.yaml does not have {resource.Type}");
            foreach (var branch in new[] { 1, 2 })
                Faults(resource.Type, Simple(resource.Properties, branch)!.AsObject()).ShouldBeEmpty($"{resource.LogicalId}, branch {branch}");
        }
    }

    [Fact]
    public void Create_WrongValue_FailsTheResourceAndTheStack()
    {
        _aws.Create("bad", "Parameters: { Days: { Type: String, Default: many } }\nResources: { L: { Type: AWS::Logs::LogGroup, Properties: { RetentionInDays: !Ref Days } } }");
        _aws.Move(100);
        _aws.Stack("bad").Status.ShouldBe("ROLLBACK_COMPLETE");
        _aws.Stack("bad").Events.ShouldContain(entry => entry.LogicalId == "L" && entry.Status == "CREATE_FAILED"
            && entry.Reason == "Properties validation failed for resource L with message:\n[#/RetentionInDays: expected type: Integer, found: String]");
    }

    [Fact]
    public void Update_WrongValue_FailsAndGoesBack()
    {
        const string Log = "Parameters: { Days: { Type: String, Default: \"30\" } }\nResources: { L: { Type: AWS::Logs::LogGroup, Properties: { RetentionInDays: !Ref Days } } }";
        _aws.Create("log", Log);
        _aws.Move(100);
        _aws.Update("log", Log, null, ("Days", "31"));
        _aws.Move(100);
        _aws.Stack("log").Status.ShouldBe("UPDATE_ROLLBACK_COMPLETE");
        _aws.Stack("log").Events.ShouldContain(entry => entry.LogicalId == "L" && entry.Status == "UPDATE_FAILED"
            && entry.Reason == "Properties validation failed for resource L with message:\n[#/RetentionInDays: 31 is not a valid enum value]");
        _aws.Get<Inventory>().OfType("AWS::Logs::LogGroup").Single().Properties["RetentionInDays"].ToText().ShouldBe("30");
    }

    public void Dispose()
    {
        _aws.Dispose();
        _folder.Dispose();
    }

    private static JsonObject Yaml(string properties) => (JsonObject)TemplateReader.Read($"R: {properties}")["R"]!;

    /// <summary>What a function's value would be is not known here: it stands as null, whose faults are not counted.</summary>
    private static List<string> Faults(string type, JsonObject properties) =>
        [.. s_types.FaultOf(type, "R", properties)?.Split('\n').Skip(1).Select(line => line.Trim('[', ']'))
            .Where(line => !line.EndsWith("found: Null", StringComparison.Ordinal) && !line.EndsWith("array items are not unique", StringComparison.Ordinal)) ?? []];

    private static JsonNode? Simple(JsonNode? node, int branch) => node switch
    {
        JsonObject { Count: 1 } call when call.First() is ("Fn::If", JsonArray choice) => Simple(choice[branch], branch),
        JsonObject { Count: 1 } call when call.First() is ("Ref", JsonValue name) && name.ToText() == "AWS::NoValue" => new JsonObject { ["NoValue"] = true },
        JsonObject { Count: 1 } call when call.First().Key is "Ref" || call.First().Key.StartsWith("Fn::", StringComparison.Ordinal) => null,
        JsonObject members => new JsonObject(members.Select(pair => KeyValuePair.Create(pair.Key, Simple(pair.Value, branch))).Where(pair => !IsNone(pair.Value))),
        JsonArray items => new JsonArray([.. items.Select(item => Simple(item, branch)).Where(item => !IsNone(item))]),
        _ => node?.DeepClone(),
    };

    private static bool IsNone(JsonNode? node) => node is JsonObject { Count: 1 } call && call.ContainsKey("NoValue");
}
