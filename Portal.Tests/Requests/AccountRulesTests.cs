using Portal.Core;
using Portal.Core.Accounts;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Requests;

public sealed class AccountRulesTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset s_read = s_now.AddMinutes(-3);

    private static readonly Specification s_shop = Samples.Shop();
    private static readonly Specification s_each = s_shop with { Network = s_shop.Network with { NatGateways = NatGateways.OnePerZone } };

    private static readonly Account s_roomy = new()
    {
        Quotas = new(AccountQuotas.All.ToDictionary(quota => quota.Id, _ => 100), s_read),
        Use = new(new AccountUse(AccountQuotas.All.ToDictionary(quota => quota.Id, _ => 4), new Dictionary<string, int>()), s_read),
        Zones = new([.. Enumerable.Range(1, 6).Select(number => new AccountZone($"use1-az{number}", $"us-east-1{(char)('a' + number - 1)}"))], s_read),
        Versions = new([.. Samples.Catalog.KubernetesVersions.Select(version => version.Version)], s_read),
    };

    public static TheoryData<string, Account, Specification, string, string> Refused => new()
    {
        { "no room for a network", Allowing(AccountQuotas.Vpcs, 4), s_shop, "target", "The account of sandbox allows 4 VPCs in us-east-1, and 4 are in use (read 3 min ago): this takes 1 more. Ask AWS to raise L-F678F1CE, or destroy what nobody needs there, or choose another target." },
        { "no room for a cluster", Allowing(AccountQuotas.Clusters, 4), s_shop, "target", "allows 4 EKS clusters" },
        { "no room for a load balancer", Allowing(AccountQuotas.LoadBalancers, 4), s_shop, "target", "L-53DA6B97" },
        { "no room for an address", Allowing(AccountQuotas.Addresses, 4), s_shop, "target", "allows 4 Elastic IP addresses" },
        { "room for one address of two", Allowing(AccountQuotas.Addresses, 5), s_each, "network.natGateways", "4 are in use (read 3 min ago): this takes 2 more. Choose one NAT gateway for all zones, ask AWS to raise L-0263D0A3" },
        { "no room for a gateway in the second zone", Gateways(("use1-az2", 5)), s_each, "network.natGateways", "allows 5 NAT gateways in a zone, and use1-az2 has that many" },
        { "no room for a gateway in the first zone", Gateways(("use1-az1", 5)), s_each, "target", "use1-az1 has that many" },
        { "a zone that the account has not", Zones(1, 2, 3, 6), Zones(3), "network.zones", "does not offer use1-az4, the next zone in which both EKS and VPC links exist: it has use1-az1, use1-az2, use1-az3, use1-az6 (read 3 min ago). Choose 2 zones, or another target." },
        { "no two zones", Zones(1, 3), s_shop, "network.zones", "regions.yaml" },
        { "a version that EKS has no more", s_roomy with { Versions = new(["1.35", "1.36"], s_read) }, s_shop with { Cluster = s_shop.Cluster with { KubernetesVersion = "1.34" } }, "cluster.kubernetesVersion", "it has 1.35, 1.36 (read 3 min ago). Choose 1.35." },
        { "more rules than the account's load balancers have", Allowing(AccountQuotas.Rules, 100), Rules(20, 5), "services", "20 paths in 5 versions take 120 rules of the load balancer, which has 100 at most (by sandbox's quota, read 3 min ago). Keep fewer versions or paths, split the environment, or ask AWS to raise L-7EED9B64 there." },
        { "more rules than AWS's standard, where nothing was read", Account.Unread, Rules(20, 5), "services", "which has 100 at most (by AWS's standard: sandbox's own quota is not known)" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Check_WhatTheAccountHasNoRoomFor_NamesFigureAgeAndRemedy(string what, Account account, Specification wanted, string field, string says)
    {
        var fault = Check(account, wanted).ShouldHaveSingleItem(what);

        fault.Field.ShouldBe(field);
        fault.Message.ShouldContain(says);
    }

    [Fact]
    public void Check_RoomForOneMore_HasNothingToSay()
    {
        Check(s_roomy, s_each).ShouldBeEmpty();
        Check(Allowing(AccountQuotas.Vpcs, 5), s_shop).ShouldBeEmpty();
        Check(Allowing(AccountQuotas.Rules, 120), Rules(20, 5)).ShouldBeEmpty();
        Check(Account.Unread, Rules(10, 9)).ShouldBeEmpty();
    }

    /// <summary>A quota that could not be read, or a use that could not, refuses nobody.</summary>
    [Fact]
    public void Check_HalfOfItUnread_HasNothingToSay()
    {
        Check(Allowing(AccountQuotas.Vpcs, 0) with { Use = null }, s_each).ShouldBeEmpty();
        Check(Allowing(AccountQuotas.Vpcs, 0) with { Quotas = null }, s_each).ShouldBeEmpty();
        Check(s_roomy with { Quotas = new(new Dictionary<string, int> { [AccountQuotas.Rules.Id] = 100 }, s_read) }, s_each).ShouldBeEmpty();
    }

    /// <summary>What an environment has already it keeps, whatever the account allows by now; what a change adds is counted.</summary>
    [Fact]
    public void Check_AChange_IsHeldOnlyAgainstWhatItAdds()
    {
        var full = s_roomy with { Quotas = new(AccountQuotas.All.ToDictionary(quota => quota.Id, _ => 4), s_read), Versions = new([], s_read), Zones = new([], s_read) };

        Check(full, s_shop with { Services = [.. s_shop.Services.Skip(1)] }, before: s_shop).ShouldBeEmpty();
        Check(Account.Unread, Rules(20, 5), before: Rules(20, 6)).ShouldBeEmpty();
        Check(full, s_each, before: s_shop).ShouldHaveSingleItem().Message.ShouldContain("this takes 1 more. Choose one NAT gateway for all zones, ask AWS to raise L-0263D0A3, or destroy what nobody needs there.");
    }

    /// <summary>Which zones get the gateways is CloudFormation's to say there: it is refused where none of them all has room.</summary>
    [Theory]
    [InlineData(5, 0, 0, false)]
    [InlineData(5, 5, 0, true)]
    public void Check_GatewaysInARegionWithoutAChoiceOfZones_NeedAnyZonesThatHaveRoom(int first, int second, int third, bool refused)
    {
        var account = Gateways(("euw1-az1", first), ("euw1-az2", second), ("euw1-az3", third)) with { Zones = new([.. Enumerable.Range(1, 3).Select(number => new AccountZone($"euw1-az{number}", $"eu-west-1{number}"))], s_read) };

        Check(account, s_each, region: "eu-west-1").Select(fault => fault.Field).ShouldBe(refused ? ["network.natGateways"] : []);
    }

    private static IReadOnlyList<FieldError> Check(Account account, Specification wanted, Specification? before = null, string region = "us-east-1") =>
        new AccountRules(Samples.Catalog, "sandbox", region, account, s_now).Check(wanted, before);

    private static Account Allowing(AccountQuota quota, int many) =>
        s_roomy with { Quotas = new(new Dictionary<string, int>(s_roomy.Quotas!.Figures) { [quota.Id] = many }, s_read) };

    private static Account Gateways(params (string Zone, int Many)[] zones) =>
        Allowing(AccountQuotas.NatGateways, 5) with { Use = new(s_roomy.Use!.Figures with { NatGateways = zones.ToDictionary(zone => zone.Zone, zone => zone.Many) }, s_read) };

    private static Account Zones(params int[] numbers) => s_roomy with { Zones = new([.. s_roomy.Zones!.Figures.Where(zone => numbers.Contains(zone.Id[^1] - '0'))], s_read) };

    private static Specification Zones(int many) => s_shop with { Network = s_shop.Network with { Zones = many } };

    private static Specification Rules(int services, int versions) => s_shop with
    {
        Services = [.. Enumerable.Range(1, services).Select(index => s_shop.Services[0] with { Name = $"service-{index}", Path = $"/path-{index}" })],
        Edge = new() { Stage = "now", EarlierStages = [.. Enumerable.Range(1, versions - 1).Select(index => new EarlierStage { Name = $"v{index}" })] },
    };
}
