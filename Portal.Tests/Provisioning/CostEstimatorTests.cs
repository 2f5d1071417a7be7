using Portal.Core.Provisioning;
using Portal.Tests.Templates;
using static Portal.Tests.Templates.StackTemplate;

namespace Portal.Tests.Provisioning;

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
}
