using System.Globalization;
using Portal.Core.Accounts;
using Portal.Core.Catalog;
using Portal.Core.Specifications;

namespace Portal.Core.Requests;

/// <summary>
/// What an account has no room for, or does not offer. By what was read of it, where that is fresh, and says since when; else by the catalogue's files
/// and AWS's standards. What stays as it is in an environment is never held against its change. Pure.
/// </summary>
internal sealed class AccountRules(ServiceCatalog catalog, string target, string region, Account account, DateTimeOffset now)
{
    /// <param name="before">What the environment is so far; null for one that does not exist.</param>
    public IReadOnlyList<FieldError> Check(Specification wanted, Specification? before) =>
        [.. Rules(wanted, before), .. Zones(wanted.Network, before?.Network), .. Versions(wanted.Cluster, before?.Cluster), .. Room(wanted.Network, before?.Network)];

    /// <summary>The load balancer knows each service by its path and, for each version, by the version's name before it.</summary>
    private IEnumerable<FieldError> Rules(Specification wanted, Specification? before)
    {
        var (paths, versions, rules) = (wanted.Services.Sum(service => service.Paths.Count()), wanted.Edge.Stages.Count(), RouteRules.RulesOf(wanted));
        var most = account.Allows(AccountQuotas.Rules) ?? AccountQuotas.Rules.Standard;
        if (rules <= most || (before is not null && rules <= RouteRules.RulesOf(before)))
            yield break;
        var (source, remedy) = account.Allows(AccountQuotas.Rules) is not null
            ? ($"by {target}'s quota, {Read(account.Quotas!.At)}", $", or ask AWS to raise {AccountQuotas.Rules.Code} there")
            : ($"by AWS's standard: {target}'s own quota is not known", "");
        yield return new("services", Text(wanted.Services.Count), $"{Text(paths)} paths in {Text(versions)} version{(versions == 1 ? "" : "s")} take {Text(rules)} rules of the load balancer, which has {Text(most)} at most ({source}). Keep fewer versions or paths, split the environment{remedy}.");
    }

    private IEnumerable<FieldError> Zones(NetworkSpecification wanted, NetworkSpecification? before)
    {
        if (account.Zones is not { } zones || wanted.Zones <= before?.Zones || catalog.FindRegion(region) is not { } known)
            yield break;
        var offered = zones.Figures.Select(zone => zone.Id).ToHashSet(StringComparer.Ordinal);
        var usable = known.Pick.Count > 0 ? known.Pick.TakeWhile(offered.Contains).Count() : offered.Count;
        if (usable >= wanted.Zones)
            yield break;
        var lacks = known.Pick.Count > 0 ? $"does not offer {known.Pick[usable]}, the next zone in which both EKS and VPC links exist" : $"offers {Words(usable, "zone", "zones")} only";
        yield return new("network.zones", Text(wanted.Zones),
            $"The account of {target} {lacks}: it has {List(offered)} ({Read(zones.At)}). {(usable >= 2 ? $"Choose {Text(usable)} zones, or another target." : $"Choose another target{(known.Pick.Count > 0 ? $", or have ops list the zones of {region} in regions.yaml as the account has them" : "")}.")}");
    }

    private IEnumerable<FieldError> Versions(ClusterSpecification wanted, ClusterSpecification? before)
    {
        if (account.Versions is not { } versions || wanted.KubernetesVersion == before?.KubernetesVersion || versions.Figures.Contains(wanted.KubernetesVersion))
            yield break;
        var both = catalog.KubernetesVersions.Select(one => one.Version).Where(versions.Figures.Contains).ToList();
        yield return new("cluster.kubernetesVersion", wanted.KubernetesVersion,
            $"EKS does not have Kubernetes {wanted.KubernetesVersion} in {region} for new clusters: it has {List(versions.Figures)} ({Read(versions.At)}). {(both.Count > 0 ? $"Choose {string.Join(" or ", both)}." : "Have ops add one of these to kubernetes.yaml.")}");
    }

    private IEnumerable<FieldError> Room(NetworkSpecification wanted, NetworkSpecification? before)
    {
        if (account.Use is not { } use || account.Quotas is null)
            yield break;
        List<AccountQuota> once = before is null ? [AccountQuotas.Vpcs, AccountQuotas.Clusters, AccountQuotas.LoadBalancers] : [];
        var whole = once.Select(quota => Lacking(quota, 1, use)).OfType<Lack>().ToList();
        var (has, wants) = (before is null ? 0 : Gateways(before), Gateways(wanted));
        List<Lack> gateways = wants > has ? [.. new[] { Lacking(AccountQuotas.Addresses, wants - has, use), Zoned(has, wants, use) }.OfType<Lack>()] : [];
        // The field that is the nearest way out.
        var isChoice = wanted.NatGateways == NatGateways.OnePerZone && whole.Count == 0 && (has > 0 || (Lacking(AccountQuotas.Addresses, 1, use) ?? Zoned(0, 1, use)) is null);
        var elsewhere = before is null ? ", or choose another target" : "";
        if (gateways.Count > 0 && isChoice)
            yield return Fault("network.natGateways", wanted.NatGateways.ToString(), gateways, $"Choose one NAT gateway for all zones, {Raise(gateways)}{elsewhere}.");
        else if (whole.Concat(gateways).ToList() is { Count: > 0 } all)
            yield return Fault("target", target, all, $"{Capital(Raise(all))}{elsewhere}.");
    }

    private static FieldError Fault(string field, string value, List<Lack> lacks, string remedy) =>
        new(field, value, $"{string.Join(' ', lacks.Select(lack => lack.Sentence))} {remedy}");

    private Lack? Lacking(AccountQuota quota, int need, Reading<AccountUse> use) =>
        account.Allows(quota) is { } most && use.Figures.Counts.TryGetValue(quota.Id, out var used) && used + need > most
            ? new Lack(quota, $"The account of {target} allows {Words(most, quota.One, quota.Many)} in {region}, and {Text(used)} {Are(used)} in use ({Read(use.At)}): this takes {Text(need)} more.")
            : null;

    /// <summary>Which zone gets which gateway is known where the catalogue says it; elsewhere any that has room will do.</summary>
    private Lack? Zoned(int has, int wants, Reading<AccountUse> use)
    {
        if (account.Allows(AccountQuotas.NatGateways) is not { } most || catalog.FindRegion(region) is not { } known)
            return null;
        bool IsFull(string zone) => use.Figures.NatGateways.GetValueOrDefault(zone) >= most;
        var allowed = $"The account of {target} allows {Words(most, AccountQuotas.NatGateways.One, AccountQuotas.NatGateways.Many)} in a zone, and";
        if (known.Pick.Count > 0)
        {
            var full = known.Pick.Take(wants).Skip(has).Where(IsFull).ToList();
            return full.Count == 0 ? null : new Lack(AccountQuotas.NatGateways, $"{allowed} {List(full)} {(full.Count == 1 ? "has" : "have")} that many ({Read(use.At)}): this takes one more there.");
        }

        var room = account.Zones?.Figures.Count(zone => !IsFull(zone.Id));
        return room >= wants - has || room is null ? null : new Lack(AccountQuotas.NatGateways, $"{allowed} all but {Text(room.Value)} of its zones have that many ({Read(use.At)}): this takes one more in {Words(wants - has, "zone", "zones")}.");
    }

    private static int Gateways(NetworkSpecification network) => network.NatGateways == NatGateways.Single ? 1 : network.Zones;

    private static string Raise(IReadOnlyList<Lack> lacks) => $"ask AWS to raise {string.Join(" and ", lacks.Select(lack => lack.Quota.Code))}, or destroy what nobody needs there";

    private string Read(DateTimeOffset at) => (now - at).TotalMinutes is var minutes and >= 1 ? $"read {Text((int)minutes)} min ago" : "read within the last minute";

    private static string Words(int many, string one, string several) => $"{Text(many)} {(many == 1 ? one : several)}";

    private static string Are(int many) => many == 1 ? "is" : "are";

    private static string List(IEnumerable<string> items) => string.Join(", ", items.Order(StringComparer.Ordinal));

    private static string Capital(string sentence) => char.ToUpperInvariant(sentence[0]) + sentence[1..];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Lack(AccountQuota Quota, string Sentence);
}
