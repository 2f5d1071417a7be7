using Portal.Emulator.Contracts;

namespace Portal.Emulator.Kubernetes.Security;

/// <summary>Who a bearer token stands for.</summary>
internal sealed class Identities(IEksAuthenticator authenticator, ServiceAccountTokens serviceAccounts, ILogger<Identities> logger)
{
    private const string Scheme = "Bearer ";
    private const string Authenticated = "system:authenticated";

    /// <summary>Null where the API has to answer 401.</summary>
    public KubernetesUser? Find(HttpRequest request, Cluster cluster)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return null;

        var token = header[Scheme.Length..].Trim();
        if (serviceAccounts.Read(cluster, token) is { } account)
        {
            return new KubernetesUser(
                $"system:serviceaccount:{account.Namespace}:{account.Name}", account.Uid,
                ["system:serviceaccounts", $"system:serviceaccounts:{account.Namespace}", Authenticated], new Dictionary<string, string>(), []);
        }

        var caller = authenticator.Authenticate(cluster.Identity.Name, token);
        if (caller is { PrincipalArn: { } arn, IsAllowed: true })
            return new KubernetesUser(caller.Username, $"aws-iam-authenticator:{arn.Split(':').ElementAtOrDefault(4)}:{IdOf(arn)}", [.. caller.Groups, Authenticated], Extra(arn), caller.Policies);

        logger.LogInformation("Cluster {Cluster} refuses {Principal}: {Reason}", cluster.Identity.Name, caller.PrincipalArn ?? "an invalid token", caller.Reason);
        return null;
    }

    private static Dictionary<string, string> Extra(string arn) => new(StringComparer.Ordinal)
    {
        ["arn"] = arn,
        ["canonicalArn"] = arn,
        ["principalId"] = IdOf(arn),
        ["sessionName"] = "",
    };

    // IAM's prefixes of unique ids: a user's, or a role's.
    private static string IdOf(string arn) => (arn.Contains(":user/", StringComparison.Ordinal) ? "AIDA" : "AROA") + Seeded.Hex(arn, 17).ToUpperInvariant();
}
