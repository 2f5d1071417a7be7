using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace Portal.Infrastructure.Hosting;

internal static class Proxies
{
    /// <summary>What the configured proxies say of scheme, host and sender is believed; what anybody else says is not.</summary>
    public static void UsePortalProxies(this WebApplication app)
    {
        var proxies = app.Services.GetRequiredService<IOptions<PortalOptions>>().Value.Proxies;
        if (proxies.Count == 0)
            return;
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.All, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
            options.KnownIPNetworks.Add(Network(proxy) ?? throw new OptionsValidationException("Portal", typeof(PortalOptions), [$"Portal:Proxies has '{proxy}'."]));
        app.UseForwardedHeaders(options);
    }

    /// <summary>An address or a block; null for anything else.</summary>
    public static System.Net.IPNetwork? Network(string text) =>
        System.Net.IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new System.Net.IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;
}
