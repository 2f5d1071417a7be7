using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Text;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Amazon.Runtime.Internal.Util;
using Amazon.SecurityToken.Model;
using Portal.Worker.Aws.Sdk;

namespace Portal.Worker.Aws;

/// <summary>
/// A presigned STS GetCallerIdentity in disguise: what <c>aws eks get-token</c> makes.
/// https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
/// </summary>
internal sealed class EksTokens(AwsClients clients, TimeProvider clock) : IEksTokens
{
    private const string Prefix = "k8s-aws-v1.";

    /// <summary>EKS takes a token for 15 minutes after its signing date.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(14);

    private readonly ConcurrentDictionary<(AwsTarget Target, string Cluster), Issued> _issued = new();

    public async Task<string> CreateAsync(AwsTarget target, string clusterName, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (_issued.TryGetValue((target, clusterName), out var known) && now < known.RenewAt)
            return known.Token;

        var credentials = await ResolveAsync(target).WaitAsync(cancellationToken);
        var token = Prefix + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Presign(credentials, target, clusterName, now)));
        _issued[(target, clusterName)] = new Issued(token, now + Lifetime - TimeSpan.FromMinutes(1));
        return token;
    }

    /// <summary>Valid as a URL for 60 s, which is what EKS asks for; as a token it is valid for longer.</summary>
    internal static string Presign(ImmutableCredentials credentials, AwsTarget target, string clusterName, DateTimeOffset now)
    {
        var request = new DefaultRequest(new GetCallerIdentityRequest(), AwsService.Sts.Title)
        {
            HttpMethod = "GET",
            ResourcePath = "/",
            UseQueryString = true,
            Endpoint = ServiceConfig.EndpointOf(AwsService.Sts, target),
        };
        request.Parameters["Action"] = "GetCallerIdentity";
        request.Parameters["Version"] = AwsService.Sts.Version;
        request.Parameters["X-Amz-Expires"] = "60";
        if (credentials.UseToken)
            request.Parameters["X-Amz-Security-Token"] = credentials.Token;
        request.Headers["x-k8s-aws-id"] = clusterName;

        var signature = AWS4PreSignedUrlSigner.SignRequest(
            request, null, new RequestMetrics(), credentials.AccessKey, credentials.SecretKey, AwsService.Sts.Endpoint, target.Region, now.UtcDateTime);
        return $"{AmazonServiceClient.ComposeUrl(request).AbsoluteUri}&{signature.ForQueryParameters}";
    }

    private async Task<ImmutableCredentials> ResolveAsync(AwsTarget target)
    {
        try
        {
            return await clients.Credentials(target).GetCredentialsAsync();
        }
        catch (Exception error)
        {
            throw AwsErrors.Classify(error, AwsService.Sts, "AssumeRole", target);
        }
    }

    private sealed record Issued(string Token, DateTimeOffset RenewAt);
}
