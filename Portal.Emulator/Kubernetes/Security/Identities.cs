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

    /// <summary>The user that the request wants to be (kubectl --as); the one who asks has to be allowed to.</summary>
    /// <exception cref="Storage.ApiException">403: not allowed.</exception>
    public static KubernetesUser Impersonated(HttpRequest request, KubernetesUser user, Authorizer authorizer)
    {
        var name = request.Headers["Impersonate-User"].ToString();
        var groups = request.Headers["Impersonate-Group"].Select(group => group ?? "").ToList();
        if (name.Length == 0)
            return groups.Count == 0 ? user : throw new Storage.ApiException(500, "InternalError", "Internal error occurred: requested [{Group  " + groups[0] + "  authentication.k8s.io/v1  }] without impersonating a user");

        if (name.Split(':') is ["system", "serviceaccount", var home, var account])
        {
            authorizer.Check(user, new AccessRequest("impersonate", "", "serviceaccounts", Name: account, Namespace: home));
            groups.AddRange(["system:serviceaccounts", $"system:serviceaccounts:{home}"]);
        }
        else
        {
            authorizer.Check(user, new AccessRequest("impersonate", "", "users", Name: name));
        }

        foreach (var group in request.Headers["Impersonate-Group"])
            authorizer.Check(user, new AccessRequest("impersonate", "", "groups", Name: group ?? ""));
        return new KubernetesUser(name, "", [.. groups, Authenticated], new Dictionary<string, string>(), []);
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
