using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Requests;

/// <summary>What began with a golden path keeps to it.</summary>
public sealed class GoldenPathsOnPostgresTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly GoldenPath s_path = new("small", "Small shop", "A shop", Samples.Shop(), ["class", "cluster.size"]);

    private static readonly ApprovalPolicy s_policy = Samples.Approvals with
    {
        Rules = [new ApprovalRule("paved", "What keeps to the small shop's path needs nobody", new RuleConditions { GoldenPaths = ["small"] }, IsAutomatic: true, [])],
    };

    [Fact]
    public async Task Environment_BegunWithAPath_KeepsToItAndIsApprovedByItsRule()
    {
        await using var stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, new ManualClock(), policy: s_policy, paths: new GoldenPaths([s_path]));
        var submit = stored.Get<SubmitRequest>();
        var shop = Samples.Shop("shop-paved", "10.70.0.0/16");
        var large = shop with { Cluster = shop.Cluster with { Size = "large" } };

        (await submit.ExecuteAsync(Fleet.Engineer, large, Guid.NewGuid(), new AskedFor(GoldenPath: "small"), default)).Refusal.ShouldBeOfType<InvalidSpecification>().Errors.ShouldHaveSingleItem().Field.ShouldBe("cluster.size");
        (await submit.ExecuteAsync(Fleet.Engineer, shop, Guid.NewGuid(), new AskedFor(GoldenPath: "gone"), default)).Refusal.ShouldBeOfType<InvalidSpecification>().Errors.ShouldHaveSingleItem().Field.ShouldBe("goldenPath");
        var submitted = (await submit.ExecuteAsync(Fleet.Engineer, shop, Guid.NewGuid(), new AskedFor(GoldenPath: "small"), default)).Value!;
        submitted.IsApproved.ShouldBeTrue();
        await stored.FinishAsync(submitted.EnvironmentId);

        var changes = stored.Get<ChangeEnvironment>();
        (await changes.PreviewAsync(Fleet.Engineer, submitted.EnvironmentId, large, default)).Refusal.ShouldBeOfType<InvalidSpecification>().Errors.ShouldHaveSingleItem().Field.ShouldBe("cluster.size");
        var more = shop with { Services = [shop.Services[0] with { Replicas = 5 }, .. shop.Services.Skip(1)] };
        (await changes.SubmitAsync(Fleet.Engineer, submitted.EnvironmentId, more, "", default)).Value!.IsApproved.ShouldBeTrue();
        (await stored.SnapshotAsync(submitted.EnvironmentId)).Environment.GoldenPath.ShouldBe("small");
    }

    [Fact]
    public async Task SmallOperation_OnWhatIsFixed_IsRefused()
    {
        var path = s_path with { Fixed = ["services"], Specification = Samples.Shop("shop-whole") };
        await using var stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, new ManualClock(), policy: s_policy, paths: new GoldenPaths([path]));
        var submitted = (await stored.Get<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Samples.Shop("shop-whole", "10.71.0.0/16"), Guid.NewGuid(), new AskedFor(GoldenPath: "small"), default)).Value!;
        await stored.FinishAsync(submitted.EnvironmentId);

        (await stored.Get<OperateService>().ScaleAsync(Fleet.Engineer, submitted.EnvironmentId, "cart-service", 7, default)).Refusal.ShouldBeOfType<InvalidSpecification>().Errors.ShouldHaveSingleItem().Field.ShouldBe("services");
    }
}
