using System.Text.Json.Serialization;

namespace Portal.Core.Inquiries;

/// <summary>One request through an environment's front door.</summary>
/// <param name="Path">Below the stage, with its leading slash and its query.</param>
public sealed record DoorRequest(string Method, string Path)
{
    /// <summary>In the order that they are offered.</summary>
    public static IReadOnlyList<string> Methods { get; } = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];

    public IReadOnlyList<DoorHeader> Headers { get; init; } = [];

    /// <summary>Null for none.</summary>
    public string? Body { get; init; }

    /// <summary>Its path without the query.</summary>
    [JsonIgnore]
    public string Address => Path.Split('?', 2)[0];

    /// <summary>What is said of it: without the query, which may hold anything.</summary>
    [JsonIgnore]
    public string Subject => $"{Method} {Address}";

    /// <summary>Whether its method promises to change nothing (RFC 9110, 9.2.1).</summary>
    [JsonIgnore]
    public bool IsSafe => Method is "GET" or "HEAD" or "OPTIONS";
}

public sealed record DoorHeader(string Name, string Value);
