namespace Portal.Emulator;

/// <summary>Section <c>Emulator:Quotas</c>. The account has had most of what counts raised, so that a laptop need not ask anybody.</summary>
public sealed class QuotaOptions
{
    public int Vpcs { get; set; } = 200;

    public int Addresses { get; set; } = 600;

    public int NatGatewaysPerZone { get; set; } = 200;

    public int Clusters { get; set; } = 200;

    public int LoadBalancers { get; set; } = 200;

    public int RulesPerLoadBalancer { get; set; } = 100;

    internal IEnumerable<(string Name, int Value)> All =>
    [
        (nameof(Vpcs), Vpcs), (nameof(Addresses), Addresses), (nameof(NatGatewaysPerZone), NatGatewaysPerZone),
        (nameof(Clusters), Clusters), (nameof(LoadBalancers), LoadBalancers), (nameof(RulesPerLoadBalancer), RulesPerLoadBalancer),
    ];
}
