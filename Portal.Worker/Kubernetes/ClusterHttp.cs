using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Portal.Core.Provisioning;

namespace Portal.Worker.Kubernetes;

/// <summary>One HttpClient a cluster. It trusts the cluster's own CA and nothing else, whatever the machine trusts.</summary>
internal sealed class ClusterHttp : IDisposable
{
    private readonly ConcurrentDictionary<(Uri Endpoint, string CertificateAuthority), HttpClient> _clients = new();

    public HttpClient For(ClusterConnection cluster) =>
        _clients.GetOrAdd((cluster.Endpoint, cluster.CertificateAuthority), _ => Create(cluster));

    public void Dispose()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
    }

    private static HttpClient Create(ClusterConnection cluster)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // A cluster's CA publishes no revocation lists.
            RevocationMode = X509RevocationMode.NoCheck,
        };
        ImportAuthority(policy.CustomTrustStore, cluster);
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            // An endpoint's addresses change while EKS replaces control plane nodes.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            UseCookies = false,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
        };
        // A watch lasts for minutes; each call brings its own time limit.
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
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
}
