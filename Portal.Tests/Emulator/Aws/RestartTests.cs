using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Stacks;
using Portal.Emulator.Aws.Faults;
using Portal.Emulator.Aws.LoadBalancing;
using Portal.Emulator.Contracts;

namespace Portal.Tests.Emulator.Aws;

public sealed class RestartTests : IDisposable
{
    private const string Template = """
        Resources:
          Key: { Type: AWS::KMS::Key }
          Cluster: { Type: AWS::RDS::DBCluster, Properties: { Engine: aurora-postgresql, KmsKeyId: !GetAtt Key.Arn } }
        Outputs: { Host: { Value: !GetAtt Cluster.Endpoint.Address } }
        """;

    private readonly TestFolder _folder = new();
    private readonly ManualTime _time = new();

    /// <summary>At every second of the creation: nothing is shut down in order, the second life knows only what was written.</summary>
    [Fact]
    public void Create_ProcessEndsAtAnyMoment_GoesOnWithTheRestOfItsDuration()
    {
        for (var second = 0; second <= 78; second += 3)
        {
            using var folder = new TestFolder();
            var time = new ManualTime();
            string id;
            using (var first = new AwsHalf(folder, time))
            {
                id = first.Create("data", Template, token: "t").Id;
                first.Move(second);
            }

            using var again = new AwsHalf(folder, time);
            again.Create("data", Template, token: "t").Id.ShouldBe(id);
            again.Move(74.9 - second);
            again.Stack("data").Status.ShouldBe(second >= 75 ? "CREATE_COMPLETE" : "CREATE_IN_PROGRESS", $"killed at {second} s");
            again.Move(0.2);
            again.Stack("data").Status.ShouldBe("CREATE_COMPLETE", $"killed at {second} s");
            again.Effects("rds", "create").Count.ShouldBe(1);
            again.Effects("kms", "create").Count.ShouldBe(1);
            again.Effects("cloudformation", "CREATE_COMPLETE").Count.ShouldBe(1);
        }
    }

    [Fact]
    public void Restart_StackThatIsComplete_StaysAsItWas()
    {
        string host;
        int events;
        using (var first = new AwsHalf(_folder, _time))
        {
            first.Create("data", Template);
            first.Move(100);
            (host, events) = (first.Stack("data").Outputs[0].Value, first.Stack("data").Events.Count);
        }

        using var again = new AwsHalf(_folder, _time);
        again.Move(100);
        var stack = again.Stack("data");
        (stack.Status, stack.Outputs[0].Value, stack.Events.Count).ShouldBe(("CREATE_COMPLETE", host, events));
        again.Get<Inventory>().OfType("AWS::RDS::DBCluster").Single().State.ShouldBe(ResourceState.Active);
        again.Delete("data");
        again.Move(100);
        // A cluster that says nothing about its deletion leaves a final snapshot.
        again.Get<Inventory>().OfType("AWS::RDS::DBClusterSnapshot").ShouldHaveSingleItem();
        again.Get<Inventory>().Count.ShouldBe(1);
    }

    [Fact]
    public void Restart_FaultAndLoadBalancer_AreRemembered()
    {
        var wanted = new LoadBalancerDescription { Name = "shop-alb", VpcId = "vpc-1", SubnetIds = ["subnet-1"], SecurityGroupIds = ["sg-1"] };
        using (var first = new AwsHalf(_folder, _time))
        {
            first.Get<FaultPlan>().Add(new Fault { Type = "AWS::KMS::Key", Nth = 2, Reason = "no" });
            first.Get<FaultPlan>().Next("create", "AWS::KMS::Key").ShouldBeNull();
            first.Get<LoadBalancers>().Reconcile(wanted).State.ShouldBe("provisioning");
            first.Move(149);
        }

        using var again = new AwsHalf(_folder, _time);
        again.Get<FaultPlan>().Next("create", "AWS::KMS::Key")?.Reason.ShouldBe("no");
        again.Get<FaultPlan>().Next("create", "AWS::KMS::Key").ShouldBeNull();
        again.Get<LoadBalancers>().Reconcile(wanted).State.ShouldBe("provisioning");
        again.Move(1);
        again.Get<LoadBalancers>().Reconcile(wanted).State.ShouldBe("active");
        again.Effects("elasticloadbalancing", "create").Count.ShouldBe(1);
    }

    public void Dispose() => _folder.Dispose();
}
