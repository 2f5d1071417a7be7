using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Portal.Infrastructure.Hosting;

/// <summary>Where a process listens, and whether it can.</summary>
internal static class ListenAddresses
{
    public const string Default = "http://127.0.0.1:5080";

    private const string PortalRemedy = "stop whoever has it, or choose another address with --urls or ASPNETCORE_URLS";

    /// <summary>Portal's own addresses; sets <see cref="Default"/> where none is configured.</summary>
    /// <exception cref="CannotStartException">Where one is taken already, before anything else has been started.</exception>
    public static void UsePortalAddress(this WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        if (configuration.GetSection("Kestrel:Endpoints").Exists()
            || configuration[WebHostDefaults.HttpPortsKey] is { Length: > 0 }
            || configuration[WebHostDefaults.HttpsPortsKey] is { Length: > 0 })
        {
            return;
        }

        var addresses = configuration[WebHostDefaults.ServerUrlsKey];
        if (string.IsNullOrWhiteSpace(addresses))
            builder.WebHost.UseUrls(addresses = Default);

        foreach (var address in addresses.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            MustBeFree(address, PortalRemedy);
    }

    /// <exception cref="CannotStartException">Where the address is taken.</exception>
    public static void MustBeFree(string address, string remedy)
    {
        var binding = BindingAddress.Parse(address);
        if (binding.IsUnixPipe || binding.IsNamedPipe || binding.Port == 0)
            return;

        var ip = IPAddress.TryParse(binding.Host.Trim('[', ']'), out var parsed) ? parsed
            : string.Equals(binding.Host, "localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback
            : IPAddress.Any;
        try
        {
            using var probe = new TcpListener(ip, binding.Port);
            probe.Start();
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw Taken(address, remedy, error);
        }
    }

    /// <summary>For the address that was taken between the look and the server's own bind.</summary>
    public static CannotStartException? Explain(Exception error) =>
        error is IOException { InnerException: AddressInUseException } ? Taken("(" + error.Message.TrimEnd('.') + ")", PortalRemedy, error) : null;

    private static CannotStartException Taken(string address, string remedy, Exception error) =>
        new($"The address {address} is taken by another program: {remedy}.", error);
}
