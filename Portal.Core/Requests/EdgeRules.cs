using System.Text.RegularExpressions;
using Portal.Core.Specifications;
using static Portal.Core.Requests.SpecificationValidator;

namespace Portal.Core.Requests;

/// <summary>What the API's front door can be asked for.</summary>
internal static partial class EdgeRules
{
    private const int MaxStages = 10; // API Gateway: stages an API, 10 by default.

    public static void Check(EdgeSpecification edge, List<FieldError> errors)
    {
        Stage("edge.stage", edge.Stage, errors);
        Range("edge.throttleRate", edge.ThrottleRate, FieldLimits.ThrottleRate, errors);
        Range("edge.throttleBurst", edge.ThrottleBurst, FieldLimits.ThrottleBurst, errors);
        EarlierStages(edge, errors);
        Clients(edge.Clients, errors);
        Domain(edge, errors);
        LoadBalancer(edge.LoadBalancer, errors);
        if (edge.Oidc is { } oidc)
        {
            if (!Issuer().IsMatch(oidc.Issuer) || oidc.Issuer.Length > FieldLimits.Issuer)
                errors.Add(new("edge.oidc.issuer", oidc.Issuer, $"'{oidc.Issuer}' is not an issuer. Write it as in the tokens' iss: an https address without query, for example https://login.example.com/realms/shop."));
            if (!Audience().IsMatch(oidc.Audience))
                errors.Add(new("edge.oidc.audience", oidc.Audience, "Say what the tokens' aud has to hold, for example the API's client id."));
        }
    }

    private static void EarlierStages(EdgeSpecification edge, List<FieldError> errors)
    {
        if (edge.EarlierStages.Count >= MaxStages)
            errors.Add(new("edge.earlierStages", Text(edge.EarlierStages.Count), $"An API has {MaxStages} versions at most."));
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { edge.Stage };
        for (var index = 0; index < edge.EarlierStages.Count; index++)
        {
            var stage = edge.EarlierStages[index];
            Stage($"edge.earlierStages[{index}].name", stage.Name, errors);
            if (!taken.Add(stage.Name))
                errors.Add(new($"edge.earlierStages[{index}].name", stage.Name, $"There is a version '{stage.Name}' already."));
            if (stage.RouteHash.Length > 0 && !RouteHash().IsMatch(stage.RouteHash))
                errors.Add(new($"edge.earlierStages[{index}].routeHash", stage.RouteHash, $"'{stage.RouteHash}' is not the hash of earlier routes: 16 hexadecimal digits."));
        }
    }

    private static void Clients(IReadOnlyList<ApiClient> clients, List<FieldError> errors)
    {
        for (var index = 0; index < clients.Count; index++)
        {
            var (client, at) = (clients[index], $"edge.clients[{index}]");
            if (!ClientName().IsMatch(client.Name))
                errors.Add(new($"{at}.name", client.Name, $"'{client.Name}' cannot name a client. Use lower-case letters, digits and hyphens, 40 at most, for example web-shop."));
            else if (clients.Take(index).Any(other => other.Name == client.Name))
                errors.Add(new($"{at}.name", client.Name, $"Another client is called '{client.Name}' already."));
            Range($"{at}.monthlyQuota", client.MonthlyQuota, FieldLimits.MonthlyQuota, errors);
            Range($"{at}.throttleRate", client.ThrottleRate ?? 1, FieldLimits.ThrottleRate, errors);
            Range($"{at}.throttleBurst", client.ThrottleBurst ?? 1, FieldLimits.ThrottleBurst, errors);
        }
    }

    private static void Domain(EdgeSpecification edge, List<FieldError> errors)
    {
        if (edge.DomainName.Length > 0 && !IsDomain(edge.DomainName))
            errors.Add(new("edge.domainName", edge.DomainName, $"'{edge.DomainName}' is not a domain name. Write it as api.example.com."));
        if (edge.CertificateArn.Length > 0 && !Certificate().IsMatch(edge.CertificateArn))
            errors.Add(new("edge.certificateArn", edge.CertificateArn, $"'{edge.CertificateArn}' is not an ACM certificate. Write its ARN, arn:aws:acm:…:certificate/…."));
        if (edge.DomainName.Length > 0 != edge.CertificateArn.Length > 0)
            errors.Add(new(edge.DomainName.Length > 0 ? "edge.certificateArn" : "edge.domainName", null, "A domain needs a certificate, and a certificate its domain: give both or neither."));
        if (edge.HostedZoneId.Length > 0 && !Zone().IsMatch(edge.HostedZoneId))
            errors.Add(new("edge.hostedZoneId", edge.HostedZoneId, $"'{edge.HostedZoneId}' is not the id of a hosted zone. Write it as Route 53 shows it, for example Z0123456789ABCDEFGHIJ."));
        else if (edge.HostedZoneId.Length > 0 && edge.DomainName.Length == 0)
            errors.Add(new("edge.hostedZoneId", edge.HostedZoneId, "A hosted zone is there for the domain's record. Give the domain too, or leave the zone out."));
    }

    private static void LoadBalancer(LoadBalancerSpecification loadBalancer, List<FieldError> errors)
    {
        const string certificate = "edge.loadBalancer.certificateArn";
        const string name = "edge.loadBalancer.serverName";
        if (loadBalancer.ServerName.Length > 0 && !IsDomain(loadBalancer.ServerName))
            errors.Add(new(name, loadBalancer.ServerName, $"'{loadBalancer.ServerName}' is not a domain name. Write it as in the certificate, for example alb.shop.example.com."));
        if (loadBalancer.CertificateArn.Length > 0 && !Certificate().IsMatch(loadBalancer.CertificateArn))
            errors.Add(new(certificate, loadBalancer.CertificateArn, $"'{loadBalancer.CertificateArn}' is not an ACM certificate. Write its ARN, arn:aws:acm:…:certificate/…."));
        if (loadBalancer.ServerName.Length > 0 != loadBalancer.CertificateArn.Length > 0)
            errors.Add(new(loadBalancer.ServerName.Length > 0 ? certificate : name, null, "The load balancer needs a certificate and the name in it, which the API asks for: give both or neither."));
    }

    private static bool IsDomain(string name) => name.Length <= FieldLimits.DomainName && DomainName().IsMatch(name);

    private static void Stage(string field, string name, List<FieldError> errors)
    {
        if (!StageName().IsMatch(name) || name.Length > FieldLimits.Stage)
            errors.Add(new(field, name, $"'{name}' cannot name a stage. Use letters, digits, hyphens and underscores, {FieldLimits.Stage} at most, for example v1."));
    }

    [GeneratedRegex("^[A-Za-z0-9_-]+\\z")]
    private static partial Regex StageName();

    [GeneratedRegex("^[0-9a-f]{16}\\z")]
    private static partial Regex RouteHash();

    [GeneratedRegex("^[a-z]([-a-z0-9]{0,38}[a-z0-9])?\\z")]
    private static partial Regex ClientName();

    // As edge-sign-in.yaml takes it.
    [GeneratedRegex("^https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/-]*)?\\z")]
    private static partial Regex Issuer();

    [GeneratedRegex("^[\\x21-\\x7e]{1,256}\\z")]
    private static partial Regex Audience();

    // As edge-base.yaml takes it.
    [GeneratedRegex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}\\z")]
    private static partial Regex DomainName();

    [GeneratedRegex("^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/.{1,160}\\z")]
    private static partial Regex Certificate();

    // As edge-base.yaml takes it.
    [GeneratedRegex("^Z[A-Z0-9]{1,31}\\z")]
    private static partial Regex Zone();
}
