using System.Text;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Stacks;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Emulator.Aws;

/// <summary>Every store of the catalogue, made as a plan makes it and taken away again.</summary>
public sealed class StoreStacksTests : IDisposable
{
    private static readonly string[] s_always = ["AWS::S3::Bucket"];

    private readonly TestFolder _folder = new();
    private readonly AwsHalf _aws;
    private readonly Dictionary<string, string> _outputs = new(StringComparer.Ordinal);

    public StoreStacksTests() => _aws = new AwsHalf(_folder);

    [Theory]
    [InlineData(EnvironmentClass.Development)]
    [InlineData(EnvironmentClass.Staging, "AWS::Cognito::UserPool", "AWS::ElastiCache::Snapshot", "AWS::RDS::DBClusterSnapshot", "AWS::RDS::DBSnapshot")]
    public void Stores_All_AreMadeAndLeaveWhatTheirClassKeeps(EnvironmentClass name, params string[] kept)
    {
        var work = Samples.Plans.Build(Everything() with { Class = name }, Samples.Target);
        var steps = work.Plan.Steps.Where(step => step.Name is StepNames.NetworkCore or StepNames.NetworkEndpoints || StepNames.IsData(step.Name)).ToList();

        foreach (var step in steps)
            Make(step, work);

        _outputs["store-queue-everything.QueueUrl"].ShouldStartWith("https://sqs.us-east-1.amazonaws.com/");
        _outputs["store-broker-everything.BrokerHost"].ShouldMatch("^b-[0-9a-f-]+\\.mq\\.us-east-1\\.amazonaws\\.com$");
        _outputs["store-cache-everything.CacheUrl"].ShouldMatch("^rediss://v-.+:6379$");

        foreach (var step in Enumerable.Reverse(steps))
            _aws.Delete(step.Subject);
        _aws.Move(10_000);

        steps.Select(step => (step.Subject, _aws.Stack(_ids[step.Subject]).Status)).Where(stack => stack.Status != "DELETE_COMPLETE").ShouldBeEmpty();
        _aws.Get<Inventory>().All.Select(resource => resource.Type).Distinct().ShouldBe([.. kept, .. s_always], ignoreOrder: true);
    }

    [Fact]
    public void Build_StoresThatAreReachedThroughAws_HaveEndpointsWhereTheNetworkHas()
    {
        var plan = Samples.Plans.Build(Everything(), Samples.Target);
        var body = Encoding.UTF8.GetString(plan.Artifacts.Single(artifact => artifact.Digest == plan.Plan.Step("net-endpoints").Artifact).Body);

        body.ShouldContain("com.amazonaws.${AWS::Region}.sns");
        body.ShouldContain("com.amazonaws.${AWS::Region}.sqs");
        var without = Everything() with { Network = new NetworkSpecification() };
        Samples.Plans.Build(without, Samples.Target).Plan.Steps.ShouldNotContain(step => step.Name == "net-endpoints");
        Samples.Plans.Build(Samples.Shop() with { Network = new NetworkSpecification { InterfaceEndpoints = true } }, Samples.Target).Plan.Steps.ShouldNotContain(step => step.Name == "net-endpoints");
    }

    public void Dispose()
    {
        _aws.Dispose();
        _folder.Dispose();
    }

    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);

    /// <summary>One store of each name, and another service with the rest.</summary>
    private static Specification Everything()
    {
        var stores = Samples.Catalog.DataStores.DistinctBy(store => store.Name).ToList();
        var rest = Samples.Catalog.DataStores.Except(stores).ToList();
        var (service, second) = (new ServiceSpecification { Name = "everything", Image = "example/image:1", Path = "/everything" }, new ServiceSpecification { Name = "rest", Image = "example/image:1", Path = "/rest" });
        return new Specification
        {
            Environment = "stores",
            Target = Samples.Target.Name,
            Network = new NetworkSpecification { InterfaceEndpoints = true },
            Services =
            [
                service with { Stores = [.. stores.Select(store => new StoreSpecification { Name = store.Name, Type = store.Id })] },
                second with { Stores = [.. rest.Select((store, index) => new StoreSpecification { Name = $"store{index}", Type = store.Id })] },
            ],
        };
    }

    private void Make(PlannedStep step, PlannedWork work)
    {
        var body = Encoding.UTF8.GetString(work.Artifacts.Single(artifact => artifact.Digest == step.Artifact).Body);
        var inputs = step.Inputs.ToDictionary(input => input.Key, input => input.Value.Value ?? _outputs[$"{input.Value.Step}.{input.Value.Output}"]);
        _ids[step.Subject] = _aws.Get<StackCommands>().Create(new StackRequest(step.Subject, body, inputs.ToDictionary(input => input.Key, input => (string?)input.Value), null, [.. step.Capabilities], null)
        {
            Creator = "arn:aws:iam::000000000000:user/portal",
        }).Id;
        _aws.Move(10_000);
        var stack = _aws.Stack(step.Subject);
        stack.Status.ShouldBe("CREATE_COMPLETE", string.Join('\n', stack.Events.Where(one => one.Reason is not null).Select(one => $"{one.LogicalId}: {one.Reason}")));
        foreach (var output in stack.Outputs)
        {
            output.Value.ShouldNotBeNullOrEmpty($"{step.Name}.{output.Key}");
            _outputs[$"{step.Name}.{output.Key}"] = output.Value;
        }
    }
}
