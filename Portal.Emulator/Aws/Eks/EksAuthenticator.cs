using System.Text;
using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Aws.Signing;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.Eks;

/// <summary>Reads an EKS bearer token as aws-iam-authenticator does, and looks the principal up in the cluster's access entries.</summary>
internal sealed class EksAuthenticator(RequestVerifier verifier, Inventory inventory) : IEksAuthenticator
{
    private const string Prefix = "k8s-aws-v1.";

    /// <summary>The token's own X-Amz-Expires is 60, but STS and the authenticator accept it for a quarter of an hour.</summary>
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(15);

    public EksCaller Authenticate(string clusterName, string bearerToken)
    {
        if (Decode(bearerToken) is not { } url)
            return Refused("The token is not an EKS token.");
        var request = new SignedRequest
        {
            Method = "GET",
            RawPath = url.AbsolutePath,
            Query = SignatureV4.ParseQuery(url.Query),
            Header = name => name switch { "host" => url.Authority, "x-k8s-aws-id" => clusterName, _ => null },
            Body = ReadOnlyMemory<byte>.Empty,
        };
        if (!request.IsPresigned || request.QueryValue("Action") != "GetCallerIdentity" || request.ReadClaim() is not { Scope.Service: "sts" } claim)
            return Refused("The token is not a presigned GetCallerIdentity request.");
        if (!claim.SignedHeaders.Contains("x-k8s-aws-id"))
            return Refused("The token does not sign the cluster's name.");
        try
        {
            var caller = verifier.Verify(request, s_lifetime);
            return Admit(clusterName, caller) ?? new EksCaller(caller.PrincipalArn, false, $"No access entry of {clusterName} admits {caller.PrincipalArn}.");
        }
        catch (SignatureException error)
        {
            return Refused(error.Message);
        }
    }

    private EksCaller? Admit(string clusterName, Caller caller)
    {
        var entry = EksAccess.EntriesOf(inventory, clusterName).FirstOrDefault(entry => entry.Properties["PrincipalArn"].ToText() == caller.PrincipalArn);
        var isCreator = inventory.Find("AWS::EKS::Cluster", clusterName) is { } cluster && EksAccess.AdmitsCreator(cluster) && cluster.Creator == caller.PrincipalArn;
        if (entry is null && !isCreator)
            return null;

        var admitted = new EksCaller(caller.PrincipalArn, true, null);
        if (entry is not null)
            admitted = admitted with { Username = EksAccess.UsernameOf(entry), Groups = EksAccess.GroupsOf(entry), Policies = [.. EksAccess.PoliciesOf(entry)] };
        return isCreator ? admitted with { Policies = [.. admitted.Policies, new EksAccessPolicy(EksAccessPolicy.ClusterAdmin, null)] } : admitted;
    }

    private static EksCaller Refused(string reason) => new(null, false, reason);

    private static Uri? Decode(string token)
    {
        if (!token.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        var text = token[Prefix.Length..].Replace('-', '+').Replace('_', '/');
        text = text.TrimEnd('=').PadRight((text.TrimEnd('=').Length + 3) / 4 * 4, '=');
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) && Uri.TryCreate(Encoding.UTF8.GetString(bytes, 0, length), UriKind.Absolute, out var url) ? url : null;
    }
}

internal static class EksAccess
{
    public static IEnumerable<CloudResource> EntriesOf(Inventory inventory, string cluster) =>
        inventory.OfType("AWS::EKS::AccessEntry").Where(entry => entry.State is ResourceState.Active or ResourceState.Updating && entry.Properties["ClusterName"].ToText() == cluster);

    /// <summary>EKS's default, unless the template says otherwise.</summary>
    public static bool AdmitsCreator(CloudResource cluster) =>
        cluster.Properties["AccessConfig"]?["BootstrapClusterCreatorAdminPermissions"].ToText() != "false";

    public static string UsernameOf(CloudResource entry) => entry.Properties["Username"] is { } name ? name.ToText() : entry.Properties["PrincipalArn"].ToText();

    public static IReadOnlyList<string> GroupsOf(CloudResource entry) => [.. (entry.Properties["KubernetesGroups"] as JsonArray ?? []).Select(group => group.ToText())];

    public static IEnumerable<EksAccessPolicy> PoliciesOf(CloudResource entry)
    {
        foreach (var policy in entry.Properties["AccessPolicies"] as JsonArray ?? [])
        {
            var scope = policy?["AccessScope"];
            var namespaces = scope?["Type"].ToText() == "namespace" ? (scope["Namespaces"] as JsonArray ?? []).Select(name => name.ToText()).ToList() : null;
            yield return new EksAccessPolicy((policy?["PolicyArn"]).ToText().Split('/')[^1], namespaces);
        }
    }
}
