using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

/// <summary>A stack as it stands. Only the engine changes it, under its lock.</summary>
internal sealed class Stack
{
    private Template? _template;
    private string _templateBody = "";
    private SharedTemplates? _shared;

    public required string Id { get; init; }

    public required string Name { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? UpdatedAt { get; set; }

    public DateTimeOffset? DeletedAt { get; set; }

    public string Status { get; set; } = "";

    public string? StatusReason { get; set; }

    public string TemplateBody
    {
        get => _templateBody;
        set => (_templateBody, _template) = (_shared?.Body(value) ?? value, null);
    }

    public Dictionary<string, string> Parameters { get; set; } = [];

    public Dictionary<string, string> Tags { get; set; } = [];

    public List<string> Capabilities { get; set; } = [];

    public List<StackOutput> Outputs { get; set; } = [];

    public bool DisableRollback { get; set; }

    public string OnFailure { get; set; } = "ROLLBACK";

    /// <summary>Whether it ever came to a <c>_COMPLETE</c> state that can be gone back to.</summary>
    public bool HasStableState { get; set; }

    public bool TerminationProtection { get; set; }

    public string? RoleArn { get; set; }

    /// <summary>Principal that created it.</summary>
    public string Creator { get; init; } = "";

    /// <summary>Of the operation that ran last, with its verb: <c>CreateStack token</c>.</summary>
    public string? LastToken { get; set; }

    /// <summary>Where an update or its rollback stopped: what it left behind, and the last good state to go back to.</summary>
    public Operation? Stalled { get; set; }

    /// <summary>Tells a replacement's identifier from its predecessor's.</summary>
    public int LastGeneration { get; set; }

    [JsonIgnore]
    public Dictionary<string, StackResource> Resources { get; } = new(StringComparer.Ordinal);

    /// <summary>Oldest first.</summary>
    [JsonIgnore]
    public List<StackEvent> Events { get; } = [];

    [JsonIgnore]
    public Operation? Operation { get; set; }

    [JsonIgnore]
    public Template Template => _template ??= _shared?.Parsed(TemplateBody) ?? Template.Parse(TemplateBody);

    /// <summary>From now on the template is one with that of other stacks.</summary>
    public void Share(SharedTemplates templates) => (_shared, _templateBody) = (templates, templates.Body(_templateBody));

    [JsonIgnore]
    public bool IsDeleted => Status == "DELETE_COMPLETE";
}

internal sealed record StackOutput(string Key, string Value, string? Description, string? ExportName);

/// <summary>A resource of a stack; what exists behind it is in the inventory under <see cref="Key"/>.</summary>
internal sealed record StackResource(string LogicalId, string Type)
{
    public string? PhysicalId { get; init; }

    public string? Key { get; init; }

    public int Generation { get; init; }

    public string Status { get; init; } = "";

    public string? Reason { get; init; }

    public DateTimeOffset ChangedAt { get; init; }

    /// <summary>With every function carried out.</summary>
    public JsonObject Properties { get; init; } = [];

    /// <summary>Logical ids this one was made after, and has to be deleted before.</summary>
    public List<string> Dependencies { get; init; } = [];

    public string DeletionPolicy { get; init; } = "Delete";

    public string UpdateReplacePolicy { get; init; } = "Delete";

    /// <summary>What Fn::GetAtt goes on to find where somebody deleted it: a template is worked out from what CloudFormation knows. [D]</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonObject? Remembered { get; init; }

    /// <summary>Whether a creation that failed left it in this state; an update makes it anew.</summary>
    [JsonIgnore]
    public bool IsUnmade => Key is null || Status == "CREATE_FAILED";
}

internal sealed record StackEvent(
    string Id, long Number, DateTimeOffset At, string LogicalId, string? PhysicalId, string Type, string Status, string? Reason, string? Properties, string? Token);
