using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Resources;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

internal enum Phase
{
    Create,
    Rollback,
    Update,
    UpdateRollback,
    /// <summary>After an update or its rollback: what is not needed any more is deleted.</summary>
    Cleanup,
    Delete,
}

internal enum WorkState
{
    Waiting,
    Running,
    Done,
    Failed,
}

internal enum WorkKind
{
    /// <summary>Create, update, replace or leave: decided when its turn comes and its values are known.</summary>
    Apply,
    Create,
    Update,
    Replace,
    Delete,
}

/// <summary>What a stack is going through, complete enough that a restart goes on with it. Moments are absolute, so the rest of a duration is kept.</summary>
internal sealed class Operation
{
    public required Phase Phase { get; set; }

    public string? Token { get; init; }

    /// <summary>Whether a rollback deletes what this operation made even where its policy is to retain.</summary>
    public bool RetainExceptOnCreate { get; init; }

    /// <summary>CloudFormation's own preparation lasts until then.</summary>
    public DateTimeOffset StartAt { get; set; }

    /// <summary>Set when all work is done: CloudFormation's own finish lasts until then.</summary>
    public DateTimeOffset? FinishAt { get; set; }

    public List<Work> Works { get; set; } = [];

    /// <summary>What an update left behind: replaced or removed, to be deleted in its cleanup.</summary>
    public List<StackResource> Obsolete { get; set; } = [];

    /// <summary>The stack before an update, for its rollback.</summary>
    public Snapshot? Before { get; init; }

    /// <summary>Status the stack has when the cleanup is over.</summary>
    public string EndStatus { get; set; } = "";
}

internal sealed record Snapshot(
    string TemplateBody, Dictionary<string, string> Parameters, Dictionary<string, string> Tags, List<string> Capabilities,
    List<StackOutput> Outputs, List<StackResource> Resources);

/// <summary>What has to happen to one resource within an operation.</summary>
internal sealed class Work
{
    public required string LogicalId { get; init; }

    public WorkKind Kind { get; set; }

    public WorkState State { get; set; }

    /// <summary>Logical ids whose work has to be done first.</summary>
    public List<string> DependsOn { get; init; } = [];

    /// <summary>What is to be deleted, for <see cref="WorkKind.Delete"/>.</summary>
    public StackResource? Target { get; init; }

    /// <summary>The values to be applied, once known.</summary>
    public JsonObject? Properties { get; set; }

    public DateTimeOffset InitiateAt { get; set; }

    public DateTimeOffset DueAt { get; set; }

    public bool Initiated { get; set; }

    /// <summary>What its own properties, or the stack's tags alone, make of an update in place.</summary>
    public Interruption Interruption { get; set; }

    /// <summary>An injected fault's reason: the work fails when it is due.</summary>
    public string? FailsWith { get; set; }

    /// <summary>An injected fault: the work never ends by itself.</summary>
    public bool Stalls { get; set; }

    /// <summary>Why it failed.</summary>
    public string? Fault { get; set; }

    public bool IsOver => State is WorkState.Done or WorkState.Failed;
}
