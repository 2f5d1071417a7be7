using Portal.Emulator.Aws;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Aws.LoadBalancing;
using Portal.Emulator.Contracts;

namespace Portal.Tests.Emulator.Aws;

/// <summary>What the services refuse: deletion protection, what is still in use, and what is missing.</summary>
public sealed class ResourceRuleTests : IDisposable
{
    private const string Network = """
        Resources:
          Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
          Subnet: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24 } }
          Group: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: g, VpcId: !Ref Vpc } }
        """;

    private readonly TestFolder _folder = new();
    private readonly AwsHalf _aws;

    public ResourceRuleTests() => _aws = new AwsHalf(_folder);

    /// <summary>Messages: Amazon RDS, DynamoDB and Cognito API references' deletion errors, as CloudFormation passes them on.</summary>
    [Theory]
    [InlineData("AWS::RDS::DBInstance", "DeletionProtection: true", "DeletionProtection: false", "Cannot delete protected DB Instance")]
    [InlineData("AWS::RDS::DBCluster", "DeletionProtection: true, Engine: aurora-postgresql", "Engine: aurora-postgresql", "Cannot delete protected Cluster")]
    [InlineData("AWS::DynamoDB::Table", "KeySchema: [], DeletionProtectionEnabled: true", "KeySchema: []", "currently protected against deletion")]
    [InlineData("AWS::Cognito::UserPool", "DeletionProtection: ACTIVE", "DeletionProtection: INACTIVE", "deletion protection is activated")]
    [InlineData("AWS::EKS::Cluster", "RoleArn: r, ResourcesVpcConfig: {}, DeletionProtection: true", "RoleArn: r, ResourcesVpcConfig: {}", "deletion protection enabled")]
    public void Delete_ProtectedResource_FailsUntilAnUpdateSwitchesItOff(string type, string on, string off, string reason)
    {
        string Template(string properties) => $"Resources: {{ R: {{ Type: {type}, Properties: {{ {properties} }} }} }}";
        _aws.Create("data", Template(on));
        _aws.Move(100);
        _aws.Delete("data");
        _aws.Move(100);
        _aws.Stack("data").Status.ShouldBe("DELETE_FAILED");
        _aws.Stack("data").Resources["R"].Reason!.ShouldContain(reason);

        _aws.Create("other", Template(on));
        _aws.Move(100);
        _aws.Update("other", Template(off));
        _aws.Move(100);
        var id = _aws.Stack("other").Id;
        _aws.Delete("other");
        _aws.Move(100);
        _aws.Stack(id).Status.ShouldBe("DELETE_COMPLETE");
    }

    /// <summary>EC2's DependencyViolation; how long the interfaces linger: Templates/catalog/durations.yaml.</summary>
    [Fact]
    public void Delete_NetworkOfALoadBalancer_FailsWhileItOrItsInterfacesAreThere()
    {
        _aws.Create("net", Network);
        _aws.Move(100);
        var there = _aws.Stack("net").Resources;
        _aws.Get<LoadBalancers>().Reconcile(new LoadBalancerDescription
        {
            Name = "alb",
            VpcId = there["Vpc"].PhysicalId!,
            SubnetIds = [there["Subnet"].PhysicalId!],
            SecurityGroupIds = [there["Group"].PhysicalId!],
        });
        _aws.Get<LoadBalancers>().Delete("alb");
        _aws.Delete("net");
        _aws.Move(20);
        _aws.Stack("net").Status.ShouldBe("DELETE_FAILED");
        _aws.Stack("net").Resources["Group"].Reason!.ShouldEndWith("has a dependent object (Service: Ec2, Status Code: 400, Error Code: DependencyViolation)");
        _aws.Move(100);
        _aws.Delete("net");
        _aws.Move(100);
        _aws.Get<Inventory>().Count.ShouldBe(0);
    }

    [Fact]
    public void Delete_VpcLinkInUse_Fails()
    {
        _aws.Create("link", "Resources: { L: { Type: AWS::ApiGatewayV2::VpcLink, Properties: { Name: l, SubnetIds: [s] } } }\nOutputs: { Link: { Value: !Ref L, Export: { Name: link } } }");
        _aws.Move(100);
        _aws.Create("api", $$"""
            Resources:
              Api: { Type: AWS::ApiGateway::RestApi, Properties: { Name: a } }
              Method: { Type: AWS::ApiGateway::Method, Properties: { RestApiId: !Ref Api, ResourceId: r, HttpMethod: ANY, Integration: { Type: HTTP_PROXY, ConnectionId: "{{_aws.Stack("link").Resources["L"].PhysicalId}}" } } }
              Deployment: { Type: AWS::ApiGateway::Deployment, DependsOn: Method, Properties: { RestApiId: !Ref Api } }
            """);
        _aws.Move(100);
        _aws.Stack("api").Status.ShouldBe("CREATE_COMPLETE");
        _aws.Delete("link");
        _aws.Move(100);
        _aws.Stack("link").Resources["L"].Reason!.ShouldStartWith("Cannot delete vpc link.");
    }

    [Theory]
    [InlineData("AWS::ApiGateway::Deployment", "RestApiId: none", "The REST API doesn't contain any methods (Service: ApiGateway, Status Code: 400, Error Code: BadRequestException)")]
    [InlineData("AWS::EC2::Subnet", "CidrBlock: 10.0.0.0/24, Size: 3", "Properties validation failed for resource R with message:\n[#: required key [VpcId] not found\n#: extraneous key [Size] is not permitted]")]
    public void Create_UnsoundResource_FailsWithTheServicesWords(string type, string properties, string reason)
    {
        _aws.Create("bad", $"Resources: {{ R: {{ Type: {type}, Properties: {{ {properties} }} }} }}");
        _aws.Move(100);
        _aws.Stack("bad").Status.ShouldBe("ROLLBACK_COMPLETE");
        _aws.Stack("bad").Events.ShouldContain(entry => entry.Status == "CREATE_FAILED" && entry.Reason == reason);
    }

    /// <summary>User guide, "AWS-specific parameter types".</summary>
    [Theory]
    [InlineData("AWS::EC2::VPC::Id", "vpc-0")]
    [InlineData("List<AWS::EC2::Subnet::Id>", "subnet-0")]
    [InlineData("AWS::EC2::SecurityGroup::Id", "sg-0")]
    [InlineData("AWS::EC2::AvailabilityZone::Name", "eu-west-1a")]
    [InlineData("AWS::SSM::Parameter::Name", "/none")]
    public void Create_ParameterNamesNothing_RollsBackAtOnce(string type, string value)
    {
        _aws.Create("p", $"Parameters: {{ P: {{ Type: {type} }} }}\nResources: {{ K: {{ Type: AWS::KMS::Key }} }}", null, "ROLLBACK", ("P", value));
        _aws.Stack("p").StatusReason.ShouldBe($"Parameter validation failed: parameter value {value} for parameter name P does not exist. Rollback requested by user.");
        _aws.Move(100);
        _aws.Stack("p").Status.ShouldBe("ROLLBACK_COMPLETE");
    }

    /// <summary>User guide, "CloudFormation quotas".</summary>
    [Theory]
    [InlineData("parameters", 200)]
    [InlineData("resources", 500)]
    [InlineData("outputs", 200)]
    public void Parse_MoreThanTheQuota_IsRefused(string what, int most)
    {
        string Many(string kind, string item, int count) => string.Concat(Enumerable.Range(0, kind == what ? count : 1).Select(i => $"\n  N{i}{kind[0]}: {item}"));
        string Body(int count) => $"Parameters:{Many("parameters", "{ Type: String, Default: a }", count)}\nResources:{Many("resources", "{ Type: AWS::KMS::Key }", count)}\nOutputs:{Many("outputs", "{ Value: a }", count)}\n";
        Template.Parse(Body(most)).ShouldNotBeNull();
        Should.Throw<AwsException>(() => Template.Parse(Body(most + 1))).Message.ShouldBe($"Template format error: Number of {what}, {most + 1}, is greater than maximum allowed, {most}");
    }

    public void Dispose()
    {
        _aws.Dispose();
        _folder.Dispose();
    }
}
