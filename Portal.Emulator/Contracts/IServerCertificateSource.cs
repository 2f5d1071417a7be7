using System.Security.Cryptography.X509Certificates;

namespace Portal.Emulator.Contracts;

/// <summary>Where the TLS listener of the clusters' APIs gets its certificate; the Kubernetes half owns the CA.</summary>
public interface IServerCertificateSource
{
    X509Certificate2 ServerCertificate { get; }
}
