using System.Globalization;
using Portal.Core;
using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

/// <summary>The API's front door as typed, beside what every request says of it.</summary>
public sealed class EdgeDraft
{
    /// <summary>More than can be submitted, so that one too many is named and not lost.</summary>
    private const int MaxVersions = 20;

    private const int MaxClients = 200;

    public List<VersionDraft> EarlierVersions { get; set; } = [];
    public List<ClientDraft> Clients { get; set; } = [];
    public string DomainName { get; set; } = "";
    public string CertificateArn { get; set; } = "";
    public string HostedZoneId { get; set; } = "";
    public string Issuer { get; set; } = "";
    public string Audience { get; set; } = "";
    public bool Firewall { get; set; }
    public SubnetKind Subnets { get; set; } = SubnetKind.Public;
    public string BalancerCertificateArn { get; set; } = "";
    public string ServerName { get; set; } = "";

    /// <summary>Its texts by the paths of their fields.</summary>
    public IEnumerable<(string Field, string Value)> Fields() =>
    [
        ("edge.domainName", DomainName.Trim()),
        ("edge.certificateArn", CertificateArn.Trim()),
        ("edge.hostedZoneId", HostedZoneId.Trim()),
        ("edge.oidc.issuer", Issuer.Trim()),
        ("edge.oidc.audience", Audience.Trim()),
        ("edge.loadBalancer.certificateArn", BalancerCertificateArn.Trim()),
        ("edge.loadBalancer.serverName", ServerName.Trim()),
        .. EarlierVersions.Select((version, index) => ($"edge.earlierStages[{index}].name", version.Name.Trim())),
        .. Clients.SelectMany((client, index) => ((string, string)[])
        [
            ($"edge.clients[{index}].name", client.Name.Trim()),
            ($"edge.clients[{index}].monthlyQuota", client.MonthlyQuota),
            ($"edge.clients[{index}].throttleRate", client.ThrottleRate),
            ($"edge.clients[{index}].throttleBurst", client.ThrottleBurst),
        ]),
    ];

    /// <summary>What a browser kept may lack a list, or have one of any length.</summary>
    public void Mend()
    {
        EarlierVersions = [.. (EarlierVersions ?? []).OfType<VersionDraft>().Take(MaxVersions)];
        Clients = [.. (Clients ?? []).OfType<ClientDraft>().Take(MaxClients)];
    }

    public EdgeSpecification Read(RequestDraft draft, EdgeSpecification before, List<FieldError> errors) => new()
    {
        Stage = draft.Stage.Trim(),
        ThrottleRate = DraftReader.Number("edge.throttleRate", draft.ThrottleRate, before.ThrottleRate, errors),
        ThrottleBurst = DraftReader.Number("edge.throttleBurst", draft.ThrottleBurst, before.ThrottleBurst, errors),
        EarlierStages = [.. EarlierVersions.Select(version => new EarlierStage { Name = version.Name.Trim(), RouteHash = version.RouteHash })],
        Clients = [.. Clients.Select((client, index) => client.Read($"edge.clients[{index}]", errors))],
        DomainName = DomainName.Trim(),
        CertificateArn = CertificateArn.Trim(),
        HostedZoneId = HostedZoneId.Trim(),
        Oidc = Issuer.Trim().Length + Audience.Trim().Length == 0 ? null : new OidcSpecification { Issuer = Issuer.Trim(), Audience = Audience.Trim() },
        Firewall = Firewall,
        LoadBalancer = new LoadBalancerSpecification { Subnets = Subnets, CertificateArn = BalancerCertificateArn.Trim(), ServerName = ServerName.Trim() },
    };

    public static EdgeDraft Write(EdgeSpecification edge) => new()
    {
        EarlierVersions = [.. edge.EarlierStages.Select(stage => new VersionDraft { Name = stage.Name, RouteHash = stage.RouteHash })],
        Clients = [.. edge.Clients.Select(ClientDraft.Write)],
        DomainName = edge.DomainName,
        CertificateArn = edge.CertificateArn,
        HostedZoneId = edge.HostedZoneId,
        Issuer = edge.Oidc?.Issuer ?? "",
        Audience = edge.Oidc?.Audience ?? "",
        Firewall = edge.Firewall,
        Subnets = edge.LoadBalancer.Subnets,
        BalancerCertificateArn = edge.LoadBalancer.CertificateArn,
        ServerName = edge.LoadBalancer.ServerName,
    };
}

/// <summary>A version that stays beside the current one.</summary>
public sealed class VersionDraft
{
    public string Name { get; set; } = "";

    /// <summary>Of the routes that it keeps; empty where it serves those of the current version.</summary>
    public string RouteHash { get; set; } = "";
}

/// <summary>Somebody with a key and limits of their own. A limit that is empty is the stage's.</summary>
public sealed class ClientDraft
{
    public string Name { get; set; } = "";
    public string MonthlyQuota { get; set; } = "10000000";
    public string ThrottleRate { get; set; } = "";
    public string ThrottleBurst { get; set; } = "";

    internal ApiClient Read(string at, List<FieldError> errors) => new()
    {
        Name = Name.Trim(),
        MonthlyQuota = DraftReader.Number($"{at}.monthlyQuota", MonthlyQuota, 10_000_000, errors),
        ThrottleRate = DraftReader.OptionalNumber($"{at}.throttleRate", ThrottleRate, 10, errors),
        ThrottleBurst = DraftReader.OptionalNumber($"{at}.throttleBurst", ThrottleBurst, 20, errors),
    };

    internal static ClientDraft Write(ApiClient client) => new()
    {
        Name = client.Name,
        MonthlyQuota = client.MonthlyQuota.ToString(CultureInfo.InvariantCulture),
        ThrottleRate = DraftWriter.Text(client.ThrottleRate),
        ThrottleBurst = DraftWriter.Text(client.ThrottleBurst),
    };
}
