using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Tests.Templates;
using static Portal.Tests.Templates.StackTemplate;

namespace Portal.Tests.Provisioning;

/// <summary>Against the catalogue's own prices: which of them a choice counts, and how often.</summary>
public sealed class CostEstimatorTests
{
    private static readonly CostEstimator s_costs = new(Samples.Catalog);

    /// <summary>AWS WAF pricing: 5 a web ACL and 1 a rule each month, a managed group counting as one rule, and 0.60 a million requests.</summary>
    [Fact]
    public void Estimate_Firewall_CostsItsWebAclAndEachOfItsRules()
    {
        var shop = Samples.Shop();
        var guarded = shop with { Edge = shop.Edge with { Firewall = true } };
        var rules = Items(Child(Routes("guarded", guarded.Edge, SeedsProducts).OfType("AWS::WAFv2::WebACL").Single().Properties, "Rules")).Count();

        var (before, after) = (s_costs.Estimate(shop), s_costs.Estimate(guarded));

        (after.Monthly - before.Monthly).ShouldBe(5 + rules);
        after.Lines.Except(before.Lines).Select(line => (line.Title, line.Monthly, line.Note)).ShouldBe(
            [("Firewall (web ACL)", 5m, null), ($"{rules} × Firewall rule", 3m, null), ("Firewall requests", null, "$ 0.60 per million requests")]);
    }

    /// <summary>Store, class of environment, chosen options, and the items it costs with how many of each.</summary>
    public static TheoryData<string, EnvironmentClass, Dictionary<string, string>, Dictionary<string, decimal>> Stores => new()
    {
        { "aurora-postgresql", EnvironmentClass.Development, [], new() { ["aurora-acu"] = 0.5m, ["secret"] = 2 } },
        { "aurora-postgresql", EnvironmentClass.Development, new() { ["MinCapacity"] = "3" }, new() { ["aurora-acu"] = 3, ["secret"] = 2 } },
        { "aurora-postgresql", EnvironmentClass.Production, new() { ["MinCapacity"] = "3" }, new() { ["aurora-acu"] = 6, ["secret"] = 2 } },
        { "rds-postgresql", EnvironmentClass.Development, [], new() { ["rds-db.t4g.small"] = 1, ["rds-storage-gp3"] = 20, ["secret"] = 2 } },
        { "rds-postgresql", EnvironmentClass.Staging, new() { ["InstanceClass"] = "db.t4g.medium", ["AllocatedStorage"] = "100" }, new() { ["rds-db.t4g.medium"] = 1, ["rds-storage-gp3"] = 100, ["secret"] = 2 } },
        { "rds-postgresql", EnvironmentClass.Production, new() { ["InstanceClass"] = "db.t4g.micro" }, new() { ["rds-db.t4g.micro"] = 2, ["rds-storage-gp3"] = 40, ["secret"] = 2 } },
        { "valkey", EnvironmentClass.Production, new() { ["NodeType"] = "cache.m7g.large" }, new() { ["valkey-cache.m7g.large"] = 2 } },
        { "rabbitmq", EnvironmentClass.Staging, [], new() { ["mq-m7g.medium"] = 1, ["secret"] = 2 } },
        // A cluster has three.
        { "rabbitmq", EnvironmentClass.Production, new() { ["InstanceType"] = "mq.m7g.large" }, new() { ["mq-m7g.large"] = 3, ["secret"] = 2 } },
        { "opensearch", EnvironmentClass.Production, new() { ["Storage"] = "50" }, new() { ["opensearch-t3.small"] = 2, ["opensearch-storage"] = 100 } },
        // Billed by use alone.
        { "dynamodb", EnvironmentClass.Production, [], [] },
        { "cognito", EnvironmentClass.Production, [], [] },
        { "none", EnvironmentClass.Production, [], [] },
    };

    [Fact]
    public void Estimate_AutoMode_AddsItsShareOfTheNodesAndCallsThemAnEstimate()
    {
        var shop = Samples.Shop();
        var managed = Samples.Plans.Build(shop, Samples.Target).Plan.Cost;
        var cost = Samples.Plans.Build(shop with { Cluster = new ClusterSpecification { Mode = ClusterMode.AutoMode } }, Samples.Target).Plan.Cost;

        // Two t3.medium at 30.37, and 12 % on them: design facts, section 5.
        cost.Lines.Single(line => line.Title == "Nodes as the pods need them, estimated as 2 × t3.medium node").Monthly.ShouldBe(60.74m);
        cost.Lines.Single(line => line.Title == "EKS Auto Mode, 12 % on the nodes").Monthly.ShouldBe(7.29m);
        cost.Monthly.ShouldBe(managed.Monthly + 7.29m);
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public void Estimate_Store_CostsWhatWasChosen(string store, EnvironmentClass environmentClass, Dictionary<string, string> options, Dictionary<string, decimal> items)
    {
        var without = Of(environmentClass, "none", []);

        var expected = items.Sum(item => Samples.Catalog.Prices.Items[item.Key] is var price ? Math.Round((price.Monthly ?? price.PerUnit)!.Value * item.Value, 2) : 0);
        (Of(environmentClass, store, options) - without).ShouldBe(expected);
    }

    [Theory]
    [InlineData(false, 0)]
    // Six for every cluster, and one a zone for the queue.
    [InlineData(true, 14)]
    public void Estimate_Queue_HasAnEndpointInEachZoneWhereTheNetworkHasThem(bool endpoints, int number)
    {
        var shop = Samples.Shop();
        shop = shop with { Network = new NetworkSpecification { InterfaceEndpoints = endpoints }, Services = [shop.Services[0] with { Stores = Samples.Stores("sqs") }] };

        s_costs.Estimate(shop).Lines.Where(line => line.Title.Contains("Interface endpoint", StringComparison.Ordinal)).Sum(line => line.Monthly).ShouldBe(number * 7.30m);
    }

    [Fact]
    public void Estimate_OptionThatIsNoNumber_LeavesItOut() =>
        Of(EnvironmentClass.Development, "aurora-postgresql", new() { ["MinCapacity"] = "many" })
            .ShouldBe(Of(EnvironmentClass.Development, "aurora-postgresql", new() { ["MinCapacity"] = "0" }));

    private static decimal Of(EnvironmentClass environmentClass, string store, Dictionary<string, string> options)
    {
        var shop = Samples.Shop();
        return s_costs.Estimate(shop with { Class = environmentClass, Services = [shop.Services[0] with { Stores = Samples.Stores(store, options) }] }).Monthly;
    }
}
