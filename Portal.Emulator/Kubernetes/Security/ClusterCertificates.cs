using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Kubernetes.Security;

/// <summary>
/// The emulator's own certificate authority and the certificate of its TLS port. Both are kept, so that the
/// certificate authority in a client's kubeconfig stays right across restarts.
/// </summary>
internal sealed class ClusterCertificates : IServerCertificateSource
{
    private const string Collection = "kubernetes-certificates";
    private const string Key = "authority";

    private static readonly TimeSpan _lifetime = TimeSpan.FromDays(3650);
    private static readonly TimeSpan _serverLifetime = TimeSpan.FromDays(397);

    public ClusterCertificates(EmulatorOptions options, IDocumentStore documents, TimeProvider time)
    {
        var now = time.GetUtcNow();
        using var authority = Load(documents, now) ?? Create(documents, now);
        CertificateAuthority = Convert.ToBase64String(Encoding.UTF8.GetBytes(authority.ExportCertificatePem() + "\n"));
        ServerCertificate = Issue(authority, Hosts(options.KubernetesUrl), now);
    }

    /// <summary>A fresh one each start: clients trust the authority, not the certificate.</summary>
    public X509Certificate2 ServerCertificate { get; }

    /// <summary>base64 of the CA's PEM, as EKS returns it.</summary>
    public string CertificateAuthority { get; }

    private static X509Certificate2? Load(IDocumentStore documents, DateTimeOffset now)
    {
        var stored = documents.All(Collection).FirstOrDefault(entry => entry.Key == Key).Value;
        if (stored is null || JsonSerializer.Deserialize<StoredAuthority>(stored) is not { } pem)
            return null;

        var authority = X509Certificate2.CreateFromPem(pem.Certificate, pem.PrivateKey);
        if (authority.NotAfter.ToUniversalTime() > (now + _serverLifetime).UtcDateTime)
            return authority;

        authority.Dispose();
        return null;
    }

    private static X509Certificate2 Create(IDocumentStore documents, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kubernetes", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var authority = request.CreateSelfSigned(now.AddHours(-1), now + _lifetime);
        documents.Put(Collection, Key, JsonSerializer.Serialize(new StoredAuthority(authority.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem())));
        return authority;
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, IEnumerable<string> hosts, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kube-apiserver", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address))
                names.AddIpAddress(address);
            else
                names.AddDnsName(host);
        }

        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(authority, now.AddHours(-1), now + _serverLifetime, RandomNumberGenerator.GetBytes(16));
        return issued.CopyWithPrivateKey(key);
    }

    private static HashSet<string> Hosts(string url)
    {
        var hosts = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "127.0.0.1", "::1", "localhost", "kubernetes", "kubernetes.default.svc" };
        if (ClusterAddress.HostOf(url) is { } host)
            hosts.Add(host);
        return hosts;
    }

    private sealed record StoredAuthority(string Certificate, string PrivateKey);
}
