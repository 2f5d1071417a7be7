using System.Net;
using System.Text.Json.Nodes;

namespace Portal.Emulator.Aws.CloudFormation.Templates;

internal static class CidrBlocks
{
    /// <summary>Fn::Cidr: the first <paramref name="count"/> blocks with <paramref name="hostBits"/> bits each.</summary>
    public static JsonArray Split(string block, int count, int hostBits)
    {
        if (!System.Net.IPNetwork.TryParse(block, out var network) || count is < 1 or > 256 || hostBits < 1 || hostBits > 32 - network.PrefixLength)
            throw Fault();
        if (count > 1L << (32 - network.PrefixLength - hostBits))
            throw Fault();
        var start = ToNumber(network.BaseAddress);
        return new JsonArray([.. Enumerable.Range(0, count).Select(i => (JsonNode)$"{ToAddress(start + ((uint)i << hostBits))}/{32 - hostBits}")]);

        AwsException Fault() => AwsException.Validation(
            $"Template error: Fn::Cidr cannot make {count} blocks with {hostBits} host bits of {block}");
    }

    /// <summary>The nth address of a block, for the private addresses of things in a subnet.</summary>
    public static string Address(string block, int n) =>
        System.Net.IPNetwork.TryParse(block, out var network) ? ToAddress(ToNumber(network.BaseAddress) + (uint)n).ToString() : "10.0.0." + n % 250;

    private static uint ToNumber(IPAddress address) => BitConverter.ToUInt32([.. address.GetAddressBytes().Reverse()]);

    private static IPAddress ToAddress(uint number) => new([.. BitConverter.GetBytes(number).Reverse()]);
}
