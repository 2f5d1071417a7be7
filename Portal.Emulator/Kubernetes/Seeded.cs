using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Portal.Emulator.Kubernetes;

/// <summary>Random-looking values that are the same for the same seed and subject, so that a run can be repeated.</summary>
internal sealed class Seeded(int seed)
{
    // Kubernetes' own alphabet for generated names: no vowels, no look-alikes.
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    public Guid Uid(string subject)
    {
        var bytes = Hash(subject)[..16];
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>What generateName appends.</summary>
    public string Suffix(string subject, int length = 5) =>
        string.Create(length, Hash(subject), static (span, hash) =>
        {
            for (var index = 0; index < span.Length; index++)
                span[index] = Alphabet[hash[index] % Alphabet.Length];
        });

    /// <summary>Evenly spread in [0, 1).</summary>
    public double Unit(string subject) => BinaryPrimitives.ReadUInt32BigEndian(Hash(subject)) / (uint.MaxValue + 1.0);

    public int Below(string subject, int limit) => (int)(Unit(subject) * limit);

    public static string Hex(string text, int length) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..length];

    private byte[] Hash(string subject) => SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{subject}"));
}
