using Portal.Emulator.Aws;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Stacks;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Aws.Faults;

namespace Portal.Tests.Emulator.Aws;

public sealed class StackLifecycleTests : IDisposable
{
    private const string Network = """
        Parameters: { Cidr: { Type: String, Default: 10.0.0.0/16 }, Key: { Type: String, Default: a } }
        Resources:
          Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: !Ref Cidr, Tags: [{ Key: k, Value: !Ref Key }] } }
          First: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24 } }
          Second: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24 } }
        Outputs:
          SubnetIds: { Value: !Join [",", [!Ref First, !Ref Second]], Export: { Name: !Sub "${AWS::StackName}-subnets" } }
        """;

    private readonly TestFolder _folder = new();
    private readonly AwsHalf _aws;

    public StackLifecycleTests() => _aws = new AwsHalf(_folder);

    [Fact]
    public void Create_Template_MakesResourcesInDependencyOrderAndInParallel()
    {
        _aws.Create("net", Network);
        _aws.Move(4);
        Started().ShouldBe(["Vpc"]);
        _aws.Move(5);
        Started().ShouldBe(["Vpc", "First", "Second"], ignoreOrder: true);
        _aws.Stack("net").Status.ShouldBe("CREATE_IN_PROGRESS");
        _aws.Move(11);

        var stack = _aws.Stack("net");
        stack.Status.ShouldBe("CREATE_COMPLETE");
        stack.Outputs.Single().Value.ShouldBe($"{stack.Resources["First"].PhysicalId},{stack.Resources["Second"].PhysicalId}");
        stack.Resources["Vpc"].PhysicalId!.ShouldMatch("^vpc-[0-9a-f]{17}$");
        Events("net", "Vpc").ShouldBe(["CREATE_IN_PROGRESS ", "CREATE_IN_PROGRESS Resource creation Initiated", "CREATE_COMPLETE "]);
        Events("net", "net").ShouldBe(["CREATE_IN_PROGRESS User Initiated", "CREATE_COMPLETE "]);
        stack.Events.Where(entry => entry is { LogicalId: "Vpc", PhysicalId: null }).Count().ShouldBe(1);

        IEnumerable<string> Started() => _aws.Stack("net").Resources.Keys;
    }

    [Fact]
    public void Create_SameTokenAgain_AnswersTheSameStack()
    {
        var first = _aws.Create("net", Network, token: "t1");
        _aws.Create("net", Network, token: "t1").Id.ShouldBe(first.Id);
        _aws.Stack("net").Events.ShouldAllBe(entry => entry.Token == "t1");
        Should.Throw<AwsException>(() => _aws.Create("net", Network, token: "t2")).Code.ShouldBe("AlreadyExistsException");
        _aws.Move(100);
        _aws.Create("net", Network, token: "t1").Id.ShouldBe(first.Id);
        _aws.Effects("ec2", "create").Count.ShouldBe(3);
    }

    // As quoted in banzaicloud/pipeline#3016, where the stack of that name had been deleted meanwhile.
    [Fact]
    public void Token_OfAnEarlierRequest_IsRefusedEvenAfterTheStackIsGone()
    {
        _aws.Create("net", Network, token: "t1");
        _aws.Move(100);
        Refused(() => _aws.Get<StackCommands>().Delete("net", "t1", []));
        _aws.Get<StackCommands>().Delete("net", "t2", []);
        _aws.Move(100);

        Refused(() => _aws.Create("net", Network, token: "t1"));
        _aws.Create("net", Network, token: "t3").Status.ShouldBe("CREATE_IN_PROGRESS");
        _aws.Create("other", Network, token: "t1").Status.ShouldBe("CREATE_IN_PROGRESS");

        static void Refused(Action request)
        {
            var error = Should.Throw<AwsException>(request);
            (error.Code, error.Message).ShouldBe(("TokenAlreadyExistsException", "The client request token t1 has already been used for this stack. Retry the request with a different client request token"));
        }
    }

    [Theory]
    [InlineData("Resources: { A: { Type: AWS::Foo::Bar } }", "Template format error: Unrecognized resource types: [AWS::Foo::Bar]")]
    [InlineData("Resources: { A: { Type: AWS::KMS::Key, DependsOn: B } }", "Template format error: Unresolved resource dependencies [B] in the Resources block of the template")]
    [InlineData("Resources: { A: { Type: AWS::KMS::Key } }\nOutputs: { O: { Value: !Ref Z } }", "Template format error: Unresolved resource dependencies [Z] in the Outputs block of the template")]
    [InlineData("Resources: { A: { Type: AWS::KMS::Key, DependsOn: B }, B: { Type: AWS::KMS::Key, DependsOn: A } }", "Circular dependency between resources: [A, B]")]
    [InlineData("Resources: { A: { Type: AWS::KMS::Key } }\nOutputs: { O: { Value: !GetAtt A.Nope } }", "Template error: resource A does not support attribute type Nope in Fn::GetAtt")]
    public void Create_UnsoundTemplate_IsRefusedBeforeAnythingExists(string template, string message)
    {
        Should.Throw<AwsException>(() => _aws.Create("bad", template)).Message.ShouldBe(message);
        _aws.Get<StackEngine>().Read(stacks => stacks.Find("bad")).ShouldBeNull();
    }

    [Theory]
    [InlineData("Resources: { R: { Type: AWS::IAM::Role, Properties: { AssumeRolePolicyDocument: {} } } }", "Requires capabilities : [CAPABILITY_IAM]")]
    [InlineData("Resources: { R: { Type: AWS::IAM::RolePolicy, Properties: { RoleName: r, PolicyName: p, PolicyDocument: {} } } }", "Requires capabilities : [CAPABILITY_IAM]")]
    [InlineData("Resources: { R: { Type: AWS::IAM::Role, Properties: { RoleName: r, AssumeRolePolicyDocument: {} } } }", "Requires capabilities : [CAPABILITY_NAMED_IAM]")]
    public void Create_IamWithoutCapability_IsRefused(string template, string message)
    {
        var request = new StackRequest("iam", template, new Dictionary<string, string?>(), null, [], null);
        var error = Should.Throw<AwsException>(() => _aws.Get<StackCommands>().Create(request));
        (error.Code, error.Message).ShouldBe(("InsufficientCapabilitiesException", message));
    }

    [Fact]
    public void Create_ResourceFails_CancelsTheOthersAndRollsBack()
    {
        _aws.Get<FaultPlan>().Add(new Fault { Type = "AWS::KMS::Key", Nth = 1, Reason = "Quota of keys reached" });
        _aws.Create("data", """
            Resources:
              Group: { Type: AWS::Logs::LogGroup }
              Key: { Type: AWS::KMS::Key, DependsOn: Group }
              Cluster: { Type: AWS::RDS::DBCluster, DependsOn: Group, Properties: { Engine: aurora-postgresql } }
              Late: { Type: AWS::KMS::Key, DependsOn: Cluster }
            """);
        _aws.Move(200);

        var stack = _aws.Stack("data");
        stack.Status.ShouldBe("ROLLBACK_COMPLETE");
        Events("data", "Key").ShouldContain("CREATE_FAILED Quota of keys reached");
        Events("data", "Cluster").ShouldContain("CREATE_FAILED Resource creation cancelled");
        Events("data", "Late").ShouldBeEmpty();
        Events("data", "data").ShouldContain("ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Key, Cluster]. Rollback requested by user.");
        _aws.Get<Inventory>().Count.ShouldBe(0);
    }

    [Theory]
    [InlineData("DO_NOTHING", "CREATE_FAILED", 1)]
    [InlineData("DELETE", "DELETE_COMPLETE", 0)]
    public void Create_ResourceFails_DoesWhatOnFailureSays(string onFailure, string status, int left)
    {
        _aws.Get<FaultPlan>().Add(new Fault { Type = "AWS::KMS::Key", Nth = 2, Reason = "no" });
        var id = _aws.Create("keys", "Resources: { A: { Type: AWS::KMS::Key }, B: { Type: AWS::KMS::Key, DependsOn: A } }", onFailure: onFailure).Id;
        _aws.Move(100);
        _aws.Stack(id).Status.ShouldBe(status);
        _aws.Get<Inventory>().OfType("AWS::KMS::Key").Count(key => key.State == ResourceState.Active).ShouldBe(left);
    }

    [Fact]
    public void Create_RequiredPropertyMissing_FailsTheResource()
    {
        _aws.Create("bad", "Resources: { S: { Type: AWS::EC2::Subnet } }");
        _aws.Move(100);
        Events("bad", "S").ShouldContain("CREATE_FAILED Properties validation failed for resource S with message:\n[#: required key [VpcId] not found]");
    }

    [Fact]
    public void Update_NothingChanges_IsRefused()
    {
        Created("net", Network);
        Should.Throw<AwsException>(() => _aws.Update("net", Network)).Message.ShouldBe("No updates are to be performed.");
    }

    [Fact]
    public void Update_TagOfAResource_ChangesItInPlaceAndNothingElse()
    {
        var before = Created("net", Network).Resources["Vpc"].PhysicalId;
        _aws.Update("net", Network, parameters: ("Key", "b"));
        _aws.Move(100);
        _aws.Stack("net").Status.ShouldBe("UPDATE_COMPLETE");
        _aws.Stack("net").Resources["Vpc"].PhysicalId.ShouldBe(before);
        _aws.Effects("ec2", "update").Select(entry => entry.Detail).ShouldBe(["AWS::EC2::VPC net/Vpc"]);
        _aws.Get<Inventory>().Find("AWS::EC2::VPC", before)!.Tags["k"].ShouldBe("b");
    }

    [Fact]
    public void Update_CreateOnlyProperty_ReplacesItAndWhatRefersToIt()
    {
        var before = Created("net", Network).Resources.Values.Select(resource => resource.PhysicalId).ToList();
        _aws.Update("net", Network, parameters: ("Cidr", "10.0.0.0/20"));
        _aws.Move(100);
        var stack = _aws.Stack("net");
        stack.Status.ShouldBe("UPDATE_COMPLETE");
        stack.Resources.Values.Select(resource => resource.PhysicalId).ShouldAllBe(id => !before.Contains(id));
        _aws.Get<Inventory>().Count.ShouldBe(3);
        Events("net", "Vpc").ShouldContain("UPDATE_IN_PROGRESS Requested update requires the creation of a new physical resource; hence creating one.");
        stack.Events[^1].Status.ShouldBe("UPDATE_COMPLETE");
    }

    [Fact]
    public void Update_ResourceFails_GoesBackToWhatWas()
    {
        var before = Created("net", Network);
        var (vpc, outputs) = (before.Resources["Vpc"].PhysicalId, before.Outputs);
        _aws.Get<FaultPlan>().Add(new Fault { Type = "AWS::EC2::Subnet", Nth = 1, Reason = "no" });
        _aws.Update("net", Network + "\n# changed", parameters: ("Cidr", "10.0.0.0/20"));
        _aws.Move(200);
        var stack = _aws.Stack("net");
        stack.Status.ShouldBe("UPDATE_ROLLBACK_COMPLETE");
        stack.Resources["Vpc"].PhysicalId.ShouldBe(vpc);
        stack.Outputs.ShouldBe(outputs);
        stack.Parameters["Cidr"].ShouldBe("10.0.0.0/16");
        _aws.Get<Inventory>().Count.ShouldBe(3);
    }

    [Fact]
    public void Update_ResourceTakenOut_IsDeletedInTheCleanup()
    {
        Created("net", Network);
        _aws.Update("net", Network.Replace("  Second: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24 } }\n", "").Replace(", !Ref Second", ""));
        _aws.Move(100);
        _aws.Stack("net").Resources.Keys.ShouldBe(["Vpc", "First"], ignoreOrder: true);
        _aws.Get<Inventory>().OfType("AWS::EC2::Subnet").Count.ShouldBe(1);
    }

    [Fact]
    public void Delete_Stack_GoesInReverseAndKeepsWhatIsRetained()
    {
        var id = Created("net", Network.Replace("First: { Type: AWS::EC2::Subnet,", "First: { Type: AWS::EC2::Subnet, DeletionPolicy: Retain,")).Id;
        _aws.Delete("net");
        _aws.Move(100);
        var stack = _aws.Stack(id);
        stack.Status.ShouldBe("DELETE_COMPLETE");
        Events(id, "First")[^1].ShouldBe("DELETE_SKIPPED ");
        _aws.Get<Inventory>().OfType("AWS::EC2::Subnet").Count.ShouldBe(1);
        stack.Events.FindIndex(entry => entry is { LogicalId: "Vpc", Status: "DELETE_IN_PROGRESS" })
            .ShouldBeGreaterThan(stack.Events.FindIndex(entry => entry is { LogicalId: "Second", Status: "DELETE_COMPLETE" }));
        _aws.Get<StackEngine>().Read(stacks => stacks.Find("net")).ShouldBeNull();
    }

    [Fact]
    public void Delete_VpcWithALoadBalancer_FailsUntilItIsGone()
    {
        Created("net", Network);
        _aws.Fleet.HeldLoadBalancers = 1;
        _aws.Delete("net");
        _aws.Move(100);
        _aws.Stack("net").Status.ShouldBe("DELETE_FAILED");
        _aws.Stack("net").Resources["Vpc"].Reason!.ShouldContain("DependencyViolation");
        _aws.Fleet.HeldLoadBalancers = 0;
        _aws.Delete("net");
        _aws.Move(100);
        _aws.Get<Inventory>().Count.ShouldBe(0);
    }

    [Fact]
    public void Delete_WhileCreating_TakesAwayWhatThereIs()
    {
        var id = _aws.Create("net", Network).Id;
        _aws.Move(10);
        _aws.Delete("net");
        _aws.Move(100);
        _aws.Stack(id).Status.ShouldBe("DELETE_COMPLETE");
        _aws.Get<Inventory>().Count.ShouldBe(0);
    }

    [Fact]
    public void ImportValue_ExportOfAnotherStack_IsFound()
    {
        var net = Created("net", Network);
        Created("other", "Resources: { P: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: !ImportValue net-subnets } } }");
        _aws.Get<Inventory>().OfType("AWS::SSM::Parameter").Single().Properties["Value"].ToText().ShouldBe(net.Outputs[0].Value);
    }

    public void Dispose()
    {
        _aws.Dispose();
        _folder.Dispose();
    }

    private Stack Created(string name, string template)
    {
        _aws.Create(name, template);
        _aws.Move(100);
        _aws.Stack(name).Status.ShouldBe("CREATE_COMPLETE");
        return _aws.Stack(name);
    }

    private List<string> Events(string stack, string logicalId) =>
        [.. _aws.Stack(stack).Events.Where(entry => entry.LogicalId == logicalId).Select(entry => $"{entry.Status} {entry.Reason}")];
}
