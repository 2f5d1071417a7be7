using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Portal.Core.Specifications;

/// <summary>An IPv4 block on its own boundary.</summary>
public readonly record struct Cidr(uint First, int PrefixLength)
{
    private uint Mask => PrefixLength == 0 ? 0 : uint.MaxValue << (32 - PrefixLength);

    public uint Last => First | ~Mask;

    public bool Overlaps(Cidr other) => First <= other.Last && other.First <= Last;

    public bool Contains(Cidr other) => First <= other.First && other.Last <= Last;

    /// <summary>Whether all of it lies in the private blocks of RFC 1918.</summary>
    public bool IsPrivate => Private[0].Contains(this) || Private[1].Contains(this) || Private[2].Contains(this);

    private static Cidr[] Private { get; } =
    [
        new(0x0A00_0000, 8),
        new(0xAC10_0000, 12),
        new(0xC0A8_0000, 16),
    ];

    /// <summary>Reads <c>a.b.c.d/n</c>. <paramref name="onBoundary"/> is false where host bits were set; they are cleared in the result.</summary>
    public static bool TryParse(string? text, out Cidr cidr, out bool onBoundary)
    {
        cidr = default;
        onBoundary = false;
        var parts = (text ?? "").Split('/');
        if (parts.Length != 2 || parts[0].Split('.').Length != 4
            || !IPAddress.TryParse(parts[0], out var address) || address.AddressFamily != AddressFamily.InterNetwork
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > 32)
            return false;
        var bytes = address.GetAddressBytes();
        var value = (uint)(bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3]);
        var mask = length == 0 ? 0 : uint.MaxValue << (32 - length);
        cidr = new Cidr(value & mask, length);
        onBoundary = cidr.First == value;
        return true;
    }

    public override string ToString() =>
        $"{First >> 24}.{(First >> 16) & 255}.{(First >> 8) & 255}.{First & 255}/{PrefixLength}";
}
