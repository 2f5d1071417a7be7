using Microsoft.AspNetCore.Server.Kestrel.Core;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Kubernetes.Security;

/// <summary>The TLS port of the clusters' APIs.</summary>
internal static class ClusterListener
{
    // Kestrel's ten seconds are too few where a machine is so busy that neither side gets a turn: the client then sees a broken handshake.
    private static readonly TimeSpan _handshake = TimeSpan.FromMinutes(1);

    public static void UseClusterHttps(this ListenOptions listener, IServerCertificateSource certificates) =>
        listener.UseHttps(certificates.ServerCertificate, https => https.HandshakeTimeout = _handshake);
}
