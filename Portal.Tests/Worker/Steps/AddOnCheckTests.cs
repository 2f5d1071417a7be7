using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Tests.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Steps;
using Portal.Worker.Steps.Stacks;

namespace Portal.Tests.Worker.Steps;

public sealed class AddOnCheckTests
{
    private static readonly Plan s_shop = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;

    private readonly ToldAddOns _eks = new();

    /// <summary>The cluster runs with them, and the plan is about something else, or about the way back to them.</summary>
    [Theory]
    [InlineData(OperationKind.Change, true)]
    [InlineData(OperationKind.Undo, false)]
    [InlineData(OperationKind.TakeBack, false)]
    public async Task Check_VersionsThatRunAlreadyAndEksOffersNoMore_AreNotRefused(OperationKind kind, bool isComplete)
    {
        _eks.Offered = ["v9.9.9-eksbuild.1"];

        await Should.NotThrowAsync(() => CheckAsync(kind: kind, deployed: Deployed(isComplete, version => version)));
    }

    [Theory]
    [InlineData(true, "another")]
    [InlineData(false, null)]
    public async Task Check_AVersionThatDoesNotRun_IsRefused(bool isComplete, string? before)
    {
        _eks.Offered = ["v9.9.9-eksbuild.1"];

        var failure = (await Should.ThrowAsync<StepFailedException>(() => CheckAsync(deployed: Deployed(isComplete, version => before ?? version)))).Failure;

        (failure.Code, failure.CanRetry, failure.RootCause).ShouldBe(("addon_version", false, "EKS offers v9.9.9-eksbuild.1."));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Check_VersionsThatEksOffersOrDoesNotTell_AreAskedForOnceAnOperation(bool isTold)
    {
        _eks.Offered = isTold ? [.. s_shop.Steps.SelectMany(step => step.Inputs.Where(IsVersion).Select(input => input.Value.Value!))] : null;

        await CheckAsync();
        await CheckAsync(StepNames.Nodes);

        // The one for secrets too: the shop's database has a user.
        _eks.Asked.ShouldBe([.. AddOnParameters.Names.Values.Select(name => $"{name} 1.35")], ignoreOrder: true);
    }

    private static bool IsVersion(KeyValuePair<string, PlanInput> input) => AddOnParameters.Names.ContainsKey(input.Key);

    private static Dictionary<string, Deployment> Deployed(bool isComplete, Func<string?, string?> version) => s_shop.Steps.ToDictionary(step => step.Name, step => new Deployment(
        step with { Inputs = step.Inputs.ToDictionary(input => input.Key, input => IsVersion(input) ? input.Value with { Value = version(input.Value.Value) } : input.Value, StringComparer.Ordinal) },
        new Dictionary<string, string>(), isComplete, false, Guid.Empty, DateTimeOffset.UnixEpoch), StringComparer.Ordinal);

    private Task CheckAsync(string step = StepNames.Cluster, OperationKind kind = OperationKind.Change, Dictionary<string, Deployment>? deployed = null)
    {
        var work = new OperationWork(
            new Fence(Guid.Empty, 1), Guid.Empty, s_shop.Environment, kind, s_shop, new AwsTarget(Samples.Target.Name, Samples.Target.AccountId, Samples.Target.Region, "arn:role", null), 1,
            new Dictionary<string, StepProgress>(), deployed ?? []);
        return new AddOnCheck(_eks).CheckAsync(new StepContext(work, s_shop.Step(step), 1, new OutputResolver(work, _ => Task.FromResult("arn:role"))), CancellationToken.None);
    }

    private sealed class ToldAddOns : IAddOns
    {
        /// <summary>Of each add-on; null where the account cannot be asked.</summary>
        public IReadOnlyList<string>? Offered { get; set; }

        public List<string> Asked { get; } = [];

        public Task<IReadOnlyList<string>?> OfferedAsync(AwsTarget target, string addOn, string kubernetes, CancellationToken cancellationToken)
        {
            Asked.Add($"{addOn} {kubernetes}");
            return Task.FromResult(Offered);
        }
    }
}
