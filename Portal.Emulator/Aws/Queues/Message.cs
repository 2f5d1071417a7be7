using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace Portal.Emulator.Aws.Queues;

/// <summary>A message until it is deleted. Who may see it when is known to this process only: after a restart all are visible, which "at least once" allows.</summary>
internal sealed class Message
{
    public required string Queue { get; init; }

    public required string Id { get; init; }

    public required string Body { get; init; }

    public required DateTimeOffset SentAt { get; init; }

    public DateTimeOffset VisibleAt { get; set; }

    [JsonIgnore]
    public DateTimeOffset? FirstReceivedAt { get; set; }

    [JsonIgnore]
    public int Receives { get; set; }

    [JsonIgnore]
    public string Key => $"{Queue}|{Id}";

    [JsonIgnore]
    public string Receipt => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Id} {Receives}"));

    /// <summary>Clients compare it with what they received.</summary>
    [JsonIgnore]
    public string BodyDigest => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(Body)));

    /// <summary>Null where the handle is none of ours.</summary>
    public static string? IdOf(string receipt)
    {
        var bytes = new byte[receipt.Length];
        return Convert.TryFromBase64String(receipt, bytes, out var length) && Encoding.UTF8.GetString(bytes, 0, length).Split(' ') is [{ Length: > 0 } id, _] ? id : null;
    }
}
