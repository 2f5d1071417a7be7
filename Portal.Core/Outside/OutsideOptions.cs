using System.Net;

namespace Portal.Core.Outside;

/// <summary>Where a process of ours may go beyond the public internet, on behalf of addresses that somebody wrote down.</summary>
public sealed class OutsideOptions
{
    /// <summary>Private networks that may be called, as addresses or CIDR blocks: an internal chat server, or loopback on one's own machine.</summary>
    public List<string> AllowedAddresses { get; init; } = [];

    /// <summary>Lets plain http through; else everything is https.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>What is wrong with it, each with the setting's name.</summary>
    public IEnumerable<string> Faults() => AllowedAddresses.Where(text => !IsNetwork(text))
        .Select(text => $"AllowedAddresses has '{text}'; give an address or a block such as 10.1.2.0/24.");

    private static bool IsNetwork(string text) => IPAddress.TryParse(text, out _) || IPNetwork.TryParse(text, out _);
}
