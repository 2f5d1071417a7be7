using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Portal.Emulator.Kubernetes.Security;

/// <summary>Where clients reach the clusters' APIs.</summary>
internal sealed class ClusterAddress(EmulatorOptions options, IServiceProvider services)
{
    private const string Loopback = "127.0.0.1";

    public string Endpoint(string clusterId) => $"https://{Host}:{Port}/clusters/{clusterId}";

    private string Host => HostOf(options.KubernetesUrl) is { } host ? (host.Contains(':') ? $"[{host}]" : host) : Loopback;

    private int Port
    {
        get
        {
            var port = BindingAddress.Parse(options.KubernetesUrl).Port;
            if (port != 0)
                return port;

            // Port 0 takes a free one; which, is known once the server listens.
            var addresses = services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
            return addresses.Select(BindingAddress.Parse).FirstOrDefault(address => address.Scheme == Uri.UriSchemeHttps)?.Port
                ?? throw new InvalidOperationException("The emulator's TLS port is not known before it listens.");
        }
    }

    /// <summary>Null where the address is a wildcard, which no client can connect to.</summary>
    public static string? HostOf(string url)
    {
        var host = BindingAddress.Parse(url).Host.Trim('[', ']');
        return host is "*" or "+" or "0.0.0.0" or "::" or "" ? null : host;
    }
}
