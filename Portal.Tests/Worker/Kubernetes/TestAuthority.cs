using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Portal.Tests.Worker.Kubernetes;

/// <summary>A CA made for one test.</summary>
internal sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset From = TimeProvider.System.GetUtcNow().AddDays(-1);

    private readonly X509Certificate2 _certificate;

    public TestAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _certificate = request.CreateSelfSigned(From, From.AddDays(10));
    }

    /// <summary>As EKS returns it.</summary>
    public string Data => Convert.ToBase64String(Encoding.ASCII.GetBytes(_certificate.ExportCertificatePem()));

    public X509Certificate2 Issue(IPAddress address)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kube-apiserver", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        using var bare = request.Create(_certificate, From, From.AddDays(9), [1, 2, 3]);
        using var full = bare.CopyWithPrivateKey(key);
        // Kestrel wants a key that outlives this method.
        return X509CertificateLoader.LoadPkcs12(full.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>Until disposed, every program of this user that trusts what the machine trusts takes certificates of this CA.</summary>
    public IDisposable TrustedByTheMachine() => new TrustedRoot(_certificate);

    public void Dispose() => _certificate.Dispose();

    private sealed class TrustedRoot : IDisposable
    {
        private readonly X509Store _store = new(StoreName.Root, StoreLocation.CurrentUser, OpenFlags.ReadWrite);
        private readonly X509Certificate2 _public;

        public TrustedRoot(X509Certificate2 certificate)
        {
            _public = X509CertificateLoader.LoadCertificate(certificate.RawData);
            _store.Add(_public);
        }

        public void Dispose()
        {
            _store.Remove(_public);
            _store.Dispose();
            _public.Dispose();
        }
    }
}
