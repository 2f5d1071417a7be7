using System.Security.Claims;
using Microsoft.Extensions.Options;
using Portal.Core.Security;
using Portal.Features.SignIn;

namespace Portal.Infrastructure.SignIn;

/// <summary>Looks up the groups of a person who has more than a token holds.</summary>
internal interface IGroupLookup
{
    /// <param name="accessToken">The person's own.</param>
    Task<IReadOnlyCollection<string>> GroupsAsync(string accessToken, CancellationToken cancellationToken);
}

/// <summary>From what the provider says of a person to what the portal means by it.</summary>
internal sealed class ProviderIdentity(IOptions<SignInOptions> options, IGroupLookup lookup)
{
    private const int LongestMail = 254;

    /// <exception cref="SignInRefusedException">Of a tenant that may not come in.</exception>
    public async Task<Actor> ActorAsync(ClaimsPrincipal user, string? accessToken, CancellationToken cancellationToken)
    {
        var groups = options.Value.GroupClaimsOrDefault.SelectMany(user.FindAll).Select(claim => claim.Value).ToHashSet(StringComparer.Ordinal);
        if (options.Value.Way == SignInWay.EntraId)
        {
            MustBeAllowed(user);
            if (HasMore(user) && accessToken is not null)
                groups.UnionWith(await lookup.GroupsAsync(accessToken, cancellationToken));
        }

        return new Actor(SubjectOf(user), NameOf(user), Mapped(options.Value.Roles.Select(role => (Roles.All.First(name => string.Equals(name, role.Key, StringComparison.OrdinalIgnoreCase)), role.Value))))
        {
            Teams = Mapped(options.Value.Teams.Select(team => (team.Key, team.Value))),
            Mail = MailOf(user),
        };

        HashSet<string> Mapped(IEnumerable<(string Name, List<string> Groups)> table) =>
            table.Where(row => row.Groups.Exists(groups.Contains)).Select(row => row.Name).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>A pairwise "sub" of Entra's differs between applications; the object in its tenant does not.</summary>
    private string SubjectOf(ClaimsPrincipal user) =>
        options.Value.Way == SignInWay.EntraId && user.FindFirstValue("oid") is { } person
            ? $"{user.FindFirstValue("tid")}/{person}"
            : user.FindFirstValue("sub") ?? throw new SignInRefusedException(SignInFault.Untrusted, "The token has no subject.");

    private string NameOf(ClaimsPrincipal user) =>
        new[] { options.Value.OpenIdConnect.NameClaim, "name", "preferred_username", "email" }.Select(user.FindFirstValue).FirstOrDefault(name => !string.IsNullOrWhiteSpace(name))
        ?? "somebody";

    /// <summary>Where the provider says that it has not made sure whose it is, somebody else could read along.</summary>
    private static string? MailOf(ClaimsPrincipal user) =>
        user.FindFirstValue("email") is { Length: > 2 and <= LongestMail } mail && mail.Contains('@', StringComparison.Ordinal)
            && !string.Equals(user.FindFirstValue("email_verified"), "false", StringComparison.OrdinalIgnoreCase) ? mail : null;

    private void MustBeAllowed(ClaimsPrincipal user)
    {
        var entra = options.Value.EntraId;
        var tenant = user.FindFirstValue("tid");
        var allowed = Guid.TryParse(entra.TenantId, out _) ? [entra.TenantId] : entra.AllowedTenants;
        if (tenant is null || !allowed.Contains(tenant, StringComparer.OrdinalIgnoreCase))
            throw new SignInRefusedException(SignInFault.WrongTenant, $"The tenant '{tenant}' is not among those allowed.");
    }

    // https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference: "hasgroups", "groups:src1" with "_claim_names"
    private static bool HasMore(ClaimsPrincipal user) =>
        !user.HasClaim(claim => claim.Type == "groups")
        && (string.Equals(user.FindFirstValue("hasgroups"), "true", StringComparison.OrdinalIgnoreCase) || user.FindFirstValue("_claim_names")?.Contains("groups", StringComparison.Ordinal) == true);
}
