using Portal.Emulator;
using Portal.Emulator.Aws;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Aws.Eks;
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

    /// <summary>What Service Quotas answers is what the account keeps to; two that are made at the same moment do not both find the last room.</summary>
    [Theory]
    [InlineData("Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 }", "VpcLimitExceeded")]
    [InlineData("Type: AWS::EC2::EIP", "AddressLimitExceeded")]
    [InlineData("Type: AWS::EC2::NatGateway, Properties: { SubnetId: subnet-1 }", "NatGatewayLimitExceeded")]
    public void Create_MoreThanTheAccountAllows_IsRefused(string resource, string code)
    {
        using var folder = new TestFolder();
        using var aws = new AwsHalf(folder, quotas: new QuotaOptions { Vpcs = 1, Addresses = 1, NatGatewaysPerZone = 1 });

        aws.Create("two", $"Resources: {{ A: {{ {resource} }}, B: {{ {resource} }} }}", onFailure: "DO_NOTHING");
        aws.Move(100);

        aws.Stack("two").Resources.Values.Select(one => one.Reason ?? "").Count(reason => reason.Contains(code, StringComparison.Ordinal)).ShouldBe(1);
    }

    [Theory]
    [InlineData("us-east-1a", "use1-az1")]
    [InlineData("ap-southeast-2c", "apse2-az3")]
    [InlineData("us-gov-west-1b", "usgw1-az2")]
    public void IdOf_AZone_IsAsAwsWritesIt(string name, string id) => AvailabilityZones.IdOf(name).ShouldBe(id);

    /// <summary>Messages: Amazon RDS, DynamoDB and Cognito API references' deletion errors, as CloudFormation passes them on.</summary>
    [Theory]
    [InlineData("AWS::RDS::DBInstance", "DeletionProtection: true", "DeletionProtection: false", "Cannot delete protected DB Instance")]
    [InlineData("AWS::RDS::DBCluster", "DeletionProtection: true, Engine: aurora-postgresql", "Engine: aurora-postgresql", "Cannot delete protected Cluster")]
    [InlineData("AWS::DynamoDB::Table", "KeySchema: [], DeletionProtectionEnabled: true", "KeySchema: []", "currently protected against deletion")]
    [InlineData("AWS::Cognito::UserPool", "DeletionProtection: ACTIVE", "DeletionProtection: INACTIVE", "deletion protection is activated")]
    [InlineData("AWS::EKS::Cluster", "RoleArn: r, ResourcesVpcConfig: { SubnetIds: [s] }, DeletionProtection: true", "RoleArn: r, ResourcesVpcConfig: { SubnetIds: [s] }", "deletion protection enabled")]
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

    private const string On = "ComputeConfig: { Enabled: true, NodePools: [general-purpose], NodeRoleArn: n }, ";
    private const string Balancing = "KubernetesNetworkConfig: { ElasticLoadBalancing: { Enabled: true } }, ";
    private const string Storage = "StorageConfig: { BlockStorage: { Enabled: true } }, ";
    private const string Bare = "BootstrapSelfManagedAddons: false, ";
    private const string Half = "please ensure that all required configs, including computeConfig, kubernetesNetworkConfig, and blockStorage are all either fully enabled or fully disabled";

    /// <summary>What EKS answered people: kubernetes-sigs/cluster-api-provider-aws#5278, hashicorp/terraform-provider-aws#40483; pools and role: EKS's own validation.</summary>
    [Theory]
    [InlineData(On + Balancing + Storage + Bare, null)]
    [InlineData("", null)]
    [InlineData(On + Bare, Half)]
    [InlineData(On + Balancing + Bare, Half)]
    [InlineData(Balancing + Storage, Half)]
    [InlineData(On + Balancing + Storage, "When EKS Auto Mode is enabled, bootstrapSelfManagedAddons must be set to false.")]
    [InlineData("ComputeConfig: { Enabled: true, NodeRoleArn: n }, " + Balancing + Storage + Bare, "When Compute Config nodeRoleArn is not null or empty, nodePool value(s) must be provided.")]
    [InlineData("ComputeConfig: { Enabled: true, NodePools: [system] }, " + Balancing + Storage + Bare, "When Compute Config nodeRoleArn is null or empty, nodePool list cannot be populated.")]
    [InlineData("ComputeConfig: { Enabled: true, NodePools: [gpu], NodeRoleArn: n }, " + Balancing + Storage + Bare, "The nodePool value gpu is not one of")]
    public void Create_ClusterInAutoModeByHalf_IsRefused(string mode, string? refusal)
    {
        _aws.Create("cluster", ClusterTemplate(mode));
        _aws.Move(100);

        _aws.Stack("cluster").Status.ShouldBe(refusal is null ? "CREATE_COMPLETE" : "ROLLBACK_COMPLETE");
        _aws.Fleet.AutoModes.ContainsKey("shop").ShouldBe(refusal is null && mode.Length > 0);
        if (refusal is not null)
            _aws.Ask("DescribeStackEvents", ("StackName", "cluster")).Value.ShouldContain(refusal);
    }

    [Theory]
    [InlineData(On + Balancing + Storage + Bare, null)]
    [InlineData(On + Balancing + Bare, Half)]
    [InlineData(On + Storage + Bare, Half)]
    public void Update_ClusterToAutoModeByHalf_IsRefused(string mode, string? refusal)
    {
        _aws.Create("cluster", ClusterTemplate(Bare));
        _aws.Move(100);
        _aws.Update("cluster", ClusterTemplate(mode));
        _aws.Move(100);

        _aws.Stack("cluster").Status.ShouldBe(refusal is null ? "UPDATE_COMPLETE" : "UPDATE_ROLLBACK_COMPLETE");
        _aws.Fleet.AutoModes.ContainsKey("shop").ShouldBe(refusal is null);
        if (refusal is not null)
            _aws.Ask("DescribeStackEvents", ("StackName", "cluster")).Value.ShouldContain(refusal);
    }

    private static string ClusterTemplate(string properties) =>
        $"Resources: {{ C: {{ Type: AWS::EKS::Cluster, Properties: {{ Name: shop, RoleArn: r, {properties}ResourcesVpcConfig: {{ SubnetIds: [subnet-1, subnet-2] }} }} }} }}";

    [Fact]
    public void DescribeCluster_InAutoMode_ShowsAllThreeParts()
    {
        _aws.Create("cluster", ClusterTemplate(On + Balancing + Storage + Bare));
        _aws.Move(100);

        var cluster = EksJson.Cluster(_aws.Get<Inventory>().OfType("AWS::EKS::Cluster").Single(), _aws.Get<Inventory>());
        cluster["computeConfig"]!.ToJsonString().ShouldBe("""{"enabled":true,"nodePools":["general-purpose"],"nodeRoleArn":"n"}""");
        cluster["kubernetesNetworkConfig"]!["elasticLoadBalancing"]!.ToJsonString().ShouldBe("""{"enabled":true}""");
        cluster["storageConfig"]!.ToJsonString().ShouldBe("""{"blockStorage":{"enabled":true}}""");
        var mode = _aws.Fleet.AutoModes["shop"];
        mode.NodePools.ShouldBe(["general-purpose"]);
        mode.SubnetIds.ShouldBe(["subnet-1", "subnet-2"]);
        mode.NodeRole.ShouldBe("n");
    }

    /// <summary>EC2's DependencyViolation; how long the interfaces linger: Templates/catalog/durations.yaml.</summary>
    /// <summary>ELBv2's words, as its clients compare them.</summary>
    [Fact]
    public void LoadBalancer_ProtectedFromDeletion_StaysUntilThatIsLifted()
    {
        var wanted = new LoadBalancerDescription { Name = "kept", VpcId = "vpc-1", Attributes = new Dictionary<string, string> { ["deletion_protection.enabled"] = "true" } };
        var arn = _aws.Get<LoadBalancers>().Reconcile(wanted).Arn;

        var refusal = Should.Throw<LoadBalancingException>(() => _aws.Get<LoadBalancers>().Delete("kept"));

        (refusal.Code, refusal.Message).ShouldBe(("OperationNotPermitted", $"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"));
        _aws.Get<LoadBalancers>().Reconcile(wanted with { Attributes = new Dictionary<string, string>() });
        _aws.Get<LoadBalancers>().Delete("kept");
    }

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
