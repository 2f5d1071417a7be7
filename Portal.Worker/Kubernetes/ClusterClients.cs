using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;
using k8s.Authentication;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Worker.Kubernetes;

/// <summary>One client a cluster. It trusts the cluster's own CA and nothing else, whatever the machine trusts.</summary>
internal sealed class ClusterClients(IEksTokens tokens) : IDisposable
{
    private readonly ConcurrentDictionary<(Uri Endpoint, string CertificateAuthority), k8s.Kubernetes> _clients = new();

    public k8s.IKubernetes For(ClusterConnection cluster) => _clients.GetOrAdd((cluster.Endpoint, cluster.CertificateAuthority), _ => Create(cluster));

    public void Dispose()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
    }

    private k8s.Kubernetes Create(ClusterConnection cluster)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // A cluster's CA publishes no revocation lists.
            RevocationMode = X509RevocationMode.NoCheck,
        };
        ImportAuthority(policy.CustomTrustStore, cluster);
        return new k8s.Kubernetes(new KubernetesClientConfiguration
        {
            Host = cluster.Endpoint.AbsoluteUri.TrimEnd('/'),
            TokenProvider = new Token(tokens, cluster),
            UserAgent = "portal-worker",
            // A watch lasts for minutes; each call brings its own time limit.
            HttpClientTimeout = Timeout.InfiniteTimeSpan,
            // Not SslCaCerts: with it a certificate that the machine trusts is taken as well, and its server gets the token.
            FirstMessageHandlerSetup = handler =>
            {
                handler.ConnectTimeout = TimeSpan.FromSeconds(5);
                // An endpoint's addresses change while EKS replaces control plane nodes.
                handler.PooledConnectionLifetime = TimeSpan.FromMinutes(10);
                handler.UseCookies = false;
                handler.SslOptions.CertificateChainPolicy = policy;
            },
        });
    }

    private static void ImportAuthority(X509Certificate2Collection trusted, ClusterConnection cluster)
    {
        try
        {
            trusted.ImportFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(cluster.CertificateAuthority)));
        }
        catch (Exception error) when (error is FormatException or CryptographicException)
        {
            throw new StepFailedException(
                "k8s_bad_authority", $"The certificate authority of cluster {cluster.ClusterName} cannot be read: {error.Message}", canRetry: false, error);
        }

        if (trusted.Count == 0)
            throw new StepFailedException("k8s_bad_authority", $"Cluster {cluster.ClusterName} has no certificate authority.");
    }

    /// <summary>Asked for every call; <see cref="IEksTokens"/> keeps one until it ends.</summary>
    private sealed class Token(IEksTokens tokens, ClusterConnection cluster) : ITokenProvider
    {
        public async Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken) =>
            new("Bearer", await tokens.CreateAsync(cluster.Target, cluster.ClusterName, cancellationToken));
    }
}
