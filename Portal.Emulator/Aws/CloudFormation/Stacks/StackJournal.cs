using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Aws.Events;
using Portal.Emulator.Aws.Faults;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

/// <summary>Sets statuses of stacks and resources, and writes and tells the event that goes with each.</summary>
internal sealed class StackJournal(StackStore stacks, EventBus bus, FaultPlan faults, TimeProvider time)
{
    public const string StackType = "AWS::CloudFormation::Stack";

    public void Stack(Stack stack, string status, string? reason = null)
    {
        stack.Status = status;
        stack.StatusReason = reason;
        if (status == "DELETE_COMPLETE")
            stack.DeletedAt = time.GetUtcNow();
        stacks.Changed(stack);
        stacks.Note("cloudformation", status, stack.Name, reason);
        Event(stack, stack.Name, stack.Id, StackType, status, reason, null, Guid.NewGuid().ToString());
    }

    /// <summary>Stores the resource with its new status.</summary>
    public void Resource(Stack stack, StackResource resource, string status, string? reason = null)
    {
        var changed = resource with { Status = status, Reason = reason, ChangedAt = time.GetUtcNow() };
        stacks.Set(stack, changed);
        Event(stack, changed, status, reason);
    }

    /// <summary>An event about something that is not (or no longer) the stack's current resource of that name.</summary>
    public void Event(Stack stack, StackResource resource, string status, string? reason = null) =>
        Event(stack, resource.LogicalId, resource.PhysicalId, resource.Type, status, reason, resource.Properties.ToJsonString(JsonText.Compact), null);

    private void Event(Stack stack, string logicalId, string? physicalId, string type, string status, string? reason, string? properties, string? id)
    {
        var now = time.GetUtcNow();
        id ??= $"{logicalId}-{status}-{now.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ}";
        var entry = new StackEvent(id, stack.Events.Count + 1, now, logicalId, physicalId, type, status, reason, properties, stack.Operation?.Token);
        if (!faults.LosesEvent())
            stacks.Add(stack, entry);
        bus.Publish(stacks, entry, stack.Id);
    }
}
