using Microsoft.Extensions.Options;
using Portal.Core.Security;

namespace Portal.Infrastructure.SignIn;

/// <summary>How people say who they are.</summary>
public enum SignInWay
{
    /// <summary>Nothing is configured: nobody gets in.</summary>
    None,

    /// <summary>Choose who you are, no password: for trying the portal out.</summary>
    Personas,

    /// <summary>Any provider that speaks OpenID Connect.</summary>
    OpenIdConnect,

    /// <summary>Microsoft Entra ID.</summary>
    EntraId,
}

/// <summary>Section <c>Portal:SignIn</c>.</summary>
public sealed class SignInOptions
{
    public const string Section = "Portal:SignIn";

    /// <summary>A name of <see cref="SignInWay"/>; empty for none.</summary>
    public string Method { get; init; } = "";

    /// <summary>Whom a person without a role should ask: an address, a channel, a name.</summary>
    public string Contact { get; init; } = "whoever runs this portal";

    public SessionOptions Sessions { get; init; } = new();

    public SignInLimits Limits { get; init; } = new();

    public OpenIdConnectSettings OpenIdConnect { get; init; } = new();

    public EntraIdSettings EntraId { get; init; } = new();

    /// <summary>Claims of the provider that hold groups or app roles.</summary>
    public List<string> GroupClaims { get; init; } = [];

    /// <summary>Role → the groups or app roles that have it.</summary>
    public Dictionary<string, List<string>> Roles { get; init; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Team → its groups.</summary>
    public Dictionary<string, List<string>> Teams { get; init; } = new(StringComparer.Ordinal);

    internal SignInWay Way => Method.Length == 0 ? SignInWay.None : Enum.Parse<SignInWay>(Method, ignoreCase: true);

    // Not the property's initial value: configuration would add to it instead of replacing it.
    internal IReadOnlyList<string> GroupClaimsOrDefault => GroupClaims.Count > 0 ? GroupClaims : ["groups", "roles"];
}

/// <summary>How long a sign-in lasts.</summary>
public sealed class SessionOptions
{
    /// <summary>However busy somebody is.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(10);

    /// <summary>Without a request or a press in any tab.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromHours(2);

    /// <summary>How often the provider is asked whether somebody is still there, where it gave a refresh token.</summary>
    public TimeSpan Check { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Open pages a person may have in one portal process.</summary>
    public int OpenPages { get; init; } = 30;
}

/// <summary>Sign-ins in a minute.</summary>
public sealed class SignInLimits
{
    public int PerAddress { get; init; } = 60;

    public int Total { get; init; } = 1200;
}

/// <summary>A provider that speaks OpenID Connect.</summary>
public sealed class OpenIdConnectSettings
{
    /// <summary>Its issuer; <c>/.well-known/openid-configuration</c> is found below it.</summary>
    public string Authority { get; init; } = "";

    public string ClientId { get; init; } = "";

    public string ClientSecret { get; init; } = "";

    /// <summary>Asked for besides <c>openid</c> and <c>profile</c>.</summary>
    public List<string> Scopes { get; init; } = [];

    /// <summary>Asks for a refresh token (<c>offline_access</c>), so that removed people lose their session.</summary>
    public bool OfflineAccess { get; init; }

    /// <summary>Reads the claims of the user info endpoint as well: some providers put groups there only.</summary>
    public bool UserInfo { get; init; } = true;

    /// <summary>Where the name to show stands.</summary>
    public string NameClaim { get; init; } = "name";
}

/// <summary>Microsoft Entra ID.</summary>
public sealed class EntraIdSettings
{
    public string Instance { get; init; } = "https://login.microsoftonline.com/";

    /// <summary>A tenant's id, or <c>organizations</c> for several.</summary>
    public string TenantId { get; init; } = "";

    public string ClientId { get; init; } = "";

    public string ClientSecret { get; init; } = "";

    /// <summary>Who may come in where <see cref="TenantId"/> names no single one.</summary>
    public List<string> AllowedTenants { get; init; } = [];

    /// <summary>Where groups are looked up that a token has no room for.</summary>
    public string GraphUrl { get; init; } = "https://graph.microsoft.com/v1.0/";
}

/// <summary>Every fault in one message, before anything starts.</summary>
internal sealed class SignInOptionsValidator : IValidateOptions<SignInOptions>
{
    public ValidateOptionsResult Validate(string? name, SignInOptions options)
    {
        var faults = Faults(options).Select(fault => $"{SignInOptions.Section}:{fault}").ToList();
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }

    private static IEnumerable<string> Faults(SignInOptions options)
    {
        if (options.Method.Length > 0 && (!Enum.TryParse<SignInWay>(options.Method, ignoreCase: true, out var way) || !Enum.IsDefined(way) || int.TryParse(options.Method, out _)))
        {
            yield return $"Method is '{options.Method}'; give Personas, OpenIdConnect or EntraId, or leave it out to keep everybody out.";
            yield break;
        }

        var sessions = options.Sessions;
        foreach (var (setting, value) in new[] { ("Lifetime", sessions.Lifetime), ("Idle", sessions.Idle) })
        {
            if (value < TimeSpan.FromSeconds(1) || value > TimeSpan.FromDays(30))
                yield return $"Sessions:{setting} is {value}; give a duration from one second to 30 days, for example 10:00:00.";
        }

        if (sessions.Check < TimeSpan.FromSeconds(1) || sessions.Check > TimeSpan.FromDays(1))
            yield return $"Sessions:Check is {sessions.Check}; give a duration from one second to a day, for example 00:05:00.";
        if (sessions.OpenPages < 1)
            yield return $"Sessions:OpenPages is {sessions.OpenPages}; give 1 or more.";
        foreach (var (setting, value) in new[] { ("PerAddress", options.Limits.PerAddress), ("Total", options.Limits.Total) })
        {
            if (value < 1)
                yield return $"Limits:{setting} is {value}; give 1 or more sign-ins a minute.";
        }

        foreach (var fault in options.Way switch
        {
            SignInWay.OpenIdConnect => Provider(options).Concat(Mapping(options)),
            SignInWay.EntraId => EntraId(options).Concat(Mapping(options)),
            _ => [],
        })
        {
            yield return fault;
        }
    }

    private static IEnumerable<string> Provider(SignInOptions options)
    {
        var provider = options.OpenIdConnect;
        if (!IsSafe(provider.Authority))
            yield return $"OpenIdConnect:Authority is '{provider.Authority}'; give the provider's https address (http works on loopback only).";
        if (provider.ClientId.Length == 0)
            yield return "OpenIdConnect:ClientId is empty; give the id that the provider knows this portal by.";
        if (provider.ClientSecret.Length == 0)
            yield return "OpenIdConnect:ClientSecret is empty; give the secret that goes with the client id.";
    }

    private static IEnumerable<string> EntraId(SignInOptions options)
    {
        var entra = options.EntraId;
        var single = Guid.TryParse(entra.TenantId, out _);
        if (!single && entra.TenantId != "organizations")
            yield return $"EntraId:TenantId is '{entra.TenantId}'; give the tenant's id, or 'organizations' together with AllowedTenants.";
        if (entra.TenantId == "organizations" && entra.AllowedTenants.Count == 0)
            yield return "EntraId:AllowedTenants is empty; name the tenants whose people may come in, or give one tenant in TenantId.";
        if (entra.AllowedTenants.Find(tenant => !Guid.TryParse(tenant, out _)) is { } wrong)
            yield return $"EntraId:AllowedTenants has '{wrong}'; a tenant's id is a GUID.";
        if (entra.ClientId.Length == 0)
            yield return "EntraId:ClientId is empty; give the application's (client) id of the registration.";
        if (entra.ClientSecret.Length == 0)
            yield return "EntraId:ClientSecret is empty; give a client secret of the registration.";
        // Microsoft.Identity.Web takes no plain http, on loopback neither.
        if (!IsSafe(entra.Instance) || !entra.Instance.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
            yield return $"EntraId:Instance is '{entra.Instance}'; give an https address.";
        if (!IsSafe(entra.GraphUrl))
            yield return $"EntraId:GraphUrl is '{entra.GraphUrl}'; give an https address.";
    }

    private static IEnumerable<string> Mapping(SignInOptions options)
    {
        if (options.Roles.Values.All(groups => groups.Count == 0))
            yield return $"Roles is empty, so that nobody could do anything; give a role's groups, for example Roles:{Roles.Ops}:0.";
        if (options.Roles.Keys.FirstOrDefault(role => !Roles.All.Contains(role, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            yield return $"Roles has '{unknown}'; the roles are {string.Join(", ", Roles.All)}.";
    }

    private static bool IsSafe(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || url is { Scheme: "http", IsLoopback: true });
}
