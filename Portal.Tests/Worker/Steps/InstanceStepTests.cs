using Portal.Core.Catalog;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Tests.Provisioning;
using Portal.Tests.Worker.Observe;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Steps.Stacks;

namespace Portal.Tests.Worker.Steps;

public sealed class InstanceStepTests
{
    private const string Instance = "shop-orders";

    private static readonly Plan Shop = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;

    private static readonly PlannedStep Step = Shop.Step(StepNames.Iam);

    private readonly PlanFiles _files = new();
    private readonly FakeStacks _stacks = new(TimeProvider.System);

    /// <summary>Neither way led on then: both failed, and so did every retry.</summary>
    [Theory]
    [InlineData(PlanAction.Sleep)]
    [InlineData(PlanAction.Wake)]
    public async Task SleepAndWake_InstanceThatSomebodyDeleted_GoOnAndSaySo(PlanAction action)
    {
        (await ExecuteAsync(action, new Databases())).ShouldBeEmpty();

        _files.Missing.ShouldBe([$"The RDS instance {Instance}"]);
    }

    /// <summary>Somebody deletes it while it is waited for.</summary>
    [Fact]
    public async Task Sleep_InstanceThatIsBeingDeleted_GoesOnWhenItIsGone()
    {
        (await ExecuteAsync(PlanAction.Sleep, new Databases("deleting"))).ShouldBeEmpty();

        _files.Missing.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Sleep_InstanceThatIsThere_IsStoppedOnce()
    {
        var databases = new Databases("available", "stopping", "stopped");

        await ExecuteAsync(PlanAction.Sleep, databases);

        databases.Asked.ShouldBe(["stop"]);
        _files.Missing.ShouldBeEmpty();
    }

    /// <summary>Nobody could sleep, wake or destroy such an environment: each try failed with the same sentence.</summary>
    [Fact]
    public async Task Wake_OutputsThatWereLost_AsksTheStackWhichInstanceItIs()
    {
        var databases = new Databases("stopped", "starting", "available");
        _stacks.Add(Step.Subject, Guid.NewGuid(), Step.Name, new Dictionary<string, string> { ["DatabaseInstance"] = Instance });

        await ExecuteAsync(PlanAction.Wake, databases, []);

        databases.Asked.ShouldBe(["start"]);
        _files.Missing.ShouldBeEmpty();
    }

    [Fact]
    public async Task Wake_NeitherOutputsNorStack_GoesOnAndSaysSo()
    {
        await ExecuteAsync(PlanAction.Wake, new Databases("stopped"), []);

        _files.Missing.ShouldBe([$"The RDS instance of {Step.Subject}"]);
    }

    private Task<IReadOnlyDictionary<string, string>> ExecuteAsync(PlanAction action, Databases databases, Dictionary<string, string>? outputs = null)
    {
        var step = Step with { Action = action, Rest = new Rest { Instance = "DatabaseInstance" } };
        var deployed = new Deployment(step, outputs ?? new Dictionary<string, string> { ["DatabaseInstance"] = Instance }, true, false, Guid.Empty, default);
        // A pace at which what is waited for between two looks is nothing.
        var work = new OperationWork(
            new Fence(Guid.NewGuid(), 1), Guid.NewGuid(), "shop", OperationKind.Sleep, Shop, new AwsTarget("sandbox", "000000000000", "us-east-1", null, null), 1e6,
            new Dictionary<string, StepProgress>(), new Dictionary<string, Deployment> { [step.Name] = deployed });
        return new InstanceStep(databases, _stacks, _files, TimeProvider.System).ExecuteAsync(new StepContext(work, step, 1, new OutputResolver(work, _ => Task.FromResult(""))), default);
    }

    /// <summary>One status a look; after the last there is no such instance.</summary>
    private sealed class Databases(params string[] statuses) : IDatabases
    {
        private readonly Queue<string> _statuses = new(statuses);

        public List<string> Asked { get; } = [];

        public Task<string> StatusAsync(AwsTarget target, string instance, CancellationToken cancellationToken) => _statuses.TryDequeue(out var status)
            ? Task.FromResult(status)
            : Task.FromException<string>(new StepFailedException(IDatabases.NotFound, "RDS has no such instance."));

        public Task StopAsync(AwsTarget target, string instance, CancellationToken cancellationToken) => Did("stop");

        public Task StartAsync(AwsTarget target, string instance, CancellationToken cancellationToken) => Did("start");

        private Task Did(string what)
        {
            Asked.Add(what);
            return Task.CompletedTask;
        }
    }
}
