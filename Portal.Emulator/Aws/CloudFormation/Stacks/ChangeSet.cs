using System.Text.Json.Serialization;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

/// <summary>A change set: an update or creation that was worked out and waits to be executed.</summary>
internal sealed class ChangeSet
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string StackId { get; init; }

    public required string StackName { get; init; }

    /// <summary><c>CREATE</c> or <c>UPDATE</c>.</summary>
    public required string Type { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Working it out lasts until then.</summary>
    public required DateTimeOffset ReadyAt { get; init; }

    public string? Description { get; init; }

    public string? Token { get; init; }

    public required string Body { get; init; }

    public required Dictionary<string, string> Parameters { get; init; }

    public required Dictionary<string, string> Tags { get; init; }

    public required List<string> Capabilities { get; init; }

    public string? OnStackFailure { get; init; }

    /// <summary>Whether the resources as they are, and not as they were given, are what it starts from.</summary>
    public bool RevertsDrift { get; init; }

    public string? RoleArn { get; init; }

    public List<ResourceChange> Changes { get; init; } = [];

    /// <summary>Why there is nothing to execute.</summary>
    public string? Fault { get; init; }

    /// <summary>Null, or <c>EXECUTE_COMPLETE</c> or <c>OBSOLETE</c>.</summary>
    public string? Executed { get; set; }

    [JsonIgnore]
    public string Key => $"{StackId}|{Name}";

    public string StatusAt(DateTimeOffset now) => now < ReadyAt ? "CREATE_IN_PROGRESS" : Fault is null ? "CREATE_COMPLETE" : "FAILED";

    public string ExecutionStatusAt(DateTimeOffset now) => Executed ?? (StatusAt(now) == "CREATE_COMPLETE" ? "AVAILABLE" : "UNAVAILABLE");
}
