using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Aws.Faults;
using Portal.Emulator.Aws.Quotas;
using Portal.Emulator.Contracts;
using Portal.Emulator.Storage;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

/// <summary>Carries one resource through its work: it starts, gets an identifier, and comes to its end.</summary>
internal sealed class Provisioner(
    StackStore stacks, StackJournal journal, StackEvaluation evaluation, Inventory inventory, ResourceEffects effects, DeletionRules rules,
    PropertyTypes propertyTypes, UpdateBehaviours behaviours, DurationCatalog durations, FaultPlan faults, EmulatorClock clock, AccountQuotas quotas, ILogger<Provisioner> logger)
{
    /// <summary>How long a service takes to answer with an identifier, in simulated time. [D]</summary>
    private static readonly TimeSpan s_initiation = TimeSpan.FromSeconds(1);

    public void Start(Stack stack, Work work)
    {
        if (work.Kind == WorkKind.Delete)
            StartDelete(stack, work, work.Target!);
        else if (work.Properties is not null)
            StartUpdate(stack, work, stack.Resources[work.LogicalId]);
        else
            StartApply(stack, work);
    }

    /// <summary>The service has answered: there is an identifier now.</summary>
    public void Initiate(Stack stack, Work work)
    {
        work.Initiated = true;
        var resource = stack.Resources[work.LogicalId];
        var type = ResourceTypes.Get(resource.Type);
        var generation = ++stack.LastGeneration;
        stacks.Changed(stack);
        var context = evaluation.Context(stack, resource, work.Properties!, generation);
        context = context with { PhysicalId = type.PhysicalIdFor(context) };
        var key = type.KeyFor(context.PhysicalId, work.Properties!);
        if (inventory.ByKey(key) is { } existing)
        {
            Fail(stack, work, existing.StackId == stack.Id
                ? $"CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename {context.PhysicalId} and update the stack again."
                : $"{context.PhysicalId} already exists");
            return;
        }

        if (quotas.ExceededBy(resource.Type, work.Properties!) is { } full)
        {
            Fail(stack, work, full);
            return;
        }

        if (work.Kind == WorkKind.Replace)
            stack.Operation!.Obsolete.Add(resource with { DeletionPolicy = resource.UpdateReplacePolicy });
        var now = clock.Now;
        stacks.Set(new CloudResource(key, resource.Type, context.PhysicalId, stack.Id, resource.LogicalId, work.Properties!, [],
            ResourceState.Creating, now, now, ResourceTags.Of(stack, work.LogicalId, work.Properties!), stack.Creator));
        Note(stack, "create", resource.Type, context.PhysicalId, resource.LogicalId, work.Kind == WorkKind.Replace ? LedgerDuplicates.Replacement : "");
        journal.Resource(stack, resource with { PhysicalId = context.PhysicalId, Key = key, Generation = generation },
            work.Kind == WorkKind.Replace ? "UPDATE_IN_PROGRESS" : "CREATE_IN_PROGRESS", "Resource creation Initiated");
    }

    /// <summary>The work's duration is over.</summary>
    public void Complete(Stack stack, Work work)
    {
        try
        {
            if (work.FailsWith is { } reason)
                Fail(stack, work, reason);
            else if (work.Kind == WorkKind.Delete)
                CompleteDelete(stack, work, work.Target!);
            else
                CompleteApply(stack, work);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // What the other half of the emulator throws is a defect there; to the client it is AWS's internal failure.
            logger.LogError(error, "The effect of {LogicalId} in {Stack} failed", work.LogicalId, stack.Name);
            Fail(stack, work, "Internal Failure");
        }
    }

    /// <summary>Another resource's failure ends this one's work.</summary>
    public void Cancel(Stack stack, Work work) =>
        Fail(stack, work, work.Kind is WorkKind.Create or WorkKind.Replace ? "Resource creation cancelled" : "Resource update cancelled");

    private void StartApply(Stack stack, Work work)
    {
        var definition = stack.Template.Resources[work.LogicalId];
        var existing = stack.Resources.GetValueOrDefault(work.LogicalId);
        if (existing is { IsUnmade: true } && inventory.ByKey(existing.Key) is { } remains && rules.DeletionBlockedBy(remains) is { } keeps)
        {
            work.Kind = WorkKind.Create;
            Refuse(stack, work, existing, keeps);
            return;
        }

        if (existing is { IsUnmade: true })
        {
            Discard(stack, existing);
            existing = null;
        }

        var evaluator = evaluation.For(stack, _ => true);
        var resource = (existing ?? new StackResource(work.LogicalId, definition.Type)) with
        {
            Dependencies = work.DependsOn,
            DeletionPolicy = evaluator.Text(definition.DeletionPolicy),
            UpdateReplacePolicy = evaluator.Text(definition.UpdateReplacePolicy),
        };
        JsonObject properties;
        try
        {
            properties = (JsonObject)evaluator.Evaluate(definition.Properties)!;
        }
        catch (Exception error) when (error is AwsException or UnknownValueException)
        {
            work.Kind = existing is null ? WorkKind.Create : WorkKind.Update;
            Refuse(stack, work, resource, error.Message);
            return;
        }

        if (propertyTypes.FaultOf(definition.Type, work.LogicalId, properties) is { } unsound)
        {
            work.Kind = existing is null ? WorkKind.Create : WorkKind.Update;
            Refuse(stack, work, resource, unsound);
        }
        else if (existing is null)
        {
            work.Kind = WorkKind.Create;
            StartCreate(stack, work, resource with { Properties = properties }, properties);
        }
        else if (existing.Properties.SameAs(properties) && !TagsDiffer(stack, existing, properties))
        {
            stacks.Set(stack, resource);
            work.State = WorkState.Done;
        }
        else if (behaviours.Of(existing.Type, existing.Properties, properties) is (Interruption.Refused, { } property))
        {
            work.Kind = WorkKind.Update;
            Refuse(stack, work, resource, $"Resource handler returned message: \"Invalid request provided: {property} cannot be changed so: {behaviours.NoteOf(existing.Type, property)}\" (HandlerErrorCode: InvalidRequest)");
        }
        else if (behaviours.Of(existing.Type, existing.Properties, properties).Interruption == Interruption.Replacement)
        {
            if (stack.DisableRollback)
            {
                // Seen so in aws/aws-sam-cli#4585 and others.
                work.Kind = WorkKind.Update;
                Refuse(stack, work, resource, "Replacement type updates not supported on stack with disable-rollback.");
                return;
            }

            work.Kind = WorkKind.Replace;
            journal.Event(stack, resource, "UPDATE_IN_PROGRESS", "Requested update requires the creation of a new physical resource; hence creating one.");
            StartCreate(stack, work, resource, properties);
        }
        else if (rules.UpdateBlockedBy(existing.Type, properties, existing.Properties) is { } fault)
        {
            work.Kind = WorkKind.Update;
            Refuse(stack, work, resource, fault);
        }
        else
        {
            work.Properties = properties;
            StartUpdate(stack, work, resource);
        }
    }

    private void StartCreate(Stack stack, Work work, StackResource resource, JsonObject properties)
    {
        if (rules.CreationBlockedBy(resource.Type, properties) is { } fault)
        {
            Refuse(stack, work, resource, fault);
            return;
        }

        work.Properties = properties;
        Meet(work, faults.Next("create", resource.Type));
        Run(work, resource.Type, durations.ToCreate(resource.Type, properties, $"{stack.Name}/{resource.LogicalId}"));
        if (work.Kind == WorkKind.Create)
            journal.Resource(stack, resource, "CREATE_IN_PROGRESS");
        else
            stacks.Set(stack, resource with { Status = "UPDATE_IN_PROGRESS", ChangedAt = clock.Now });
    }

    private void StartUpdate(Stack stack, Work work, StackResource resource)
    {
        work.Kind = WorkKind.Update;
        work.Initiated = true;
        Meet(work, faults.Next("update", resource.Type));
        work.Interruption = behaviours.Of(resource.Type, resource.Properties, work.Properties!).Interruption;
        Run(work, resource.Type, durations.ToUpdate(resource.Type, work.Properties!, $"{stack.Name}/{resource.LogicalId}"));
        if (inventory.ByKey(resource.Key) is { } thing)
            stacks.Set(thing with { State = ResourceState.Updating });
        journal.Resource(stack, resource, "UPDATE_IN_PROGRESS");
    }

    private void StartDelete(Stack stack, Work work, StackResource target)
    {
        var retains = target.DeletionPolicy is "Retain" or "RetainExceptOnCreate";
        var thing = inventory.ByKey(target.Key);
        if (thing is null || retains)
        {
            work.State = WorkState.Done;
            if (thing is not null)
                Note(stack, "retain", target.Type, thing.PhysicalId, target.LogicalId);
            Deleted(stack, target, thing is null ? "DELETE_COMPLETE" : "DELETE_SKIPPED");
            return;
        }

        work.Initiated = true;
        Meet(work, faults.Next("delete", target.Type));
        Run(work, target.Type, durations.ToDelete(target.Type, target.Properties) + (TakesSnapshot(target) ? durations.Activity("databaseFinalSnapshot", target.PhysicalId!) : TimeSpan.Zero));
        stacks.Set(thing with { State = ResourceState.Deleting });
        if (IsCurrent(stack, target))
            journal.Resource(stack, target, "DELETE_IN_PROGRESS");
        else
            journal.Event(stack, target, "DELETE_IN_PROGRESS");
    }

    private void CompleteApply(Stack stack, Work work)
    {
        var resource = stack.Resources[work.LogicalId] with { Properties = work.Properties! };
        var thing = inventory.ByKey(resource.Key);
        if (thing is null)
        {
            // Somebody deleted it behind CloudFormation's back; the words of EC2's handlers, which all others resemble.
            Fail(stack, work, $"Resource of type '{resource.Type}' with identifier '{resource.PhysicalId}' was not found. (HandlerErrorCode: NotFound)");
            return;
        }

        var context = evaluation.Context(stack, resource, work.Properties!, resource.Generation, resource.PhysicalId!);
        var attributes = ResourceTypes.Get(resource.Type).AttributesFor(context);
        thing = thing with { Properties = work.Properties!, Attributes = attributes, State = ResourceState.Active, ModifiedAt = clock.Now, Tags = ResourceTags.Of(stack, work.LogicalId, work.Properties!) };
        var later = effects.Apply(thing);
        thing = thing with { Attributes = new JsonObject(attributes.Concat(later).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))) };
        stacks.Set(thing);
        work.State = WorkState.Done;
        if (work.Kind == WorkKind.Update)
            Note(stack, "update", resource.Type, thing.PhysicalId, resource.LogicalId, work.Interruption == Interruption.Some ? " with some interruption" : "");
        journal.Resource(stack, resource, work.Kind == WorkKind.Create ? "CREATE_COMPLETE" : "UPDATE_COMPLETE");
    }

    private void CompleteDelete(Stack stack, Work work, StackResource target)
    {
        var thing = inventory.ByKey(target.Key)!;
        if (rules.DeletionBlockedBy(thing) is { } reason)
        {
            stacks.Set(thing with { State = ResourceState.Active });
            Fail(stack, work, reason);
            return;
        }

        if (TakesSnapshot(target))
            LeaveSnapshot(stack, thing);
        effects.Remove(thing);
        effects.LeaveBehind(thing);
        stacks.Remove(thing);
        work.State = WorkState.Done;
        Note(stack, "delete", thing.Type, thing.PhysicalId, target.LogicalId);
        Deleted(stack, target, "DELETE_COMPLETE");
    }

    private void Deleted(Stack stack, StackResource target, string status)
    {
        if (!IsCurrent(stack, target))
            journal.Event(stack, target, status);
        else
            journal.Resource(stack, target, status);
        // A stack that lives on forgets what an update took out of it; a deleted one keeps the record.
        if (stack.Operation!.Phase == Phase.Cleanup && IsCurrent(stack, target))
            stacks.Remove(stack, target.LogicalId);
    }

    /// <summary>It never began: the event that it did precedes the one that it failed, as with AWS.</summary>
    private void Refuse(Stack stack, Work work, StackResource resource, string reason)
    {
        journal.Resource(stack, resource, work.Kind == WorkKind.Create ? "CREATE_IN_PROGRESS" : "UPDATE_IN_PROGRESS");
        Fail(stack, work, reason);
    }

    private void Fail(Stack stack, Work work, string reason)
    {
        work.State = WorkState.Failed;
        work.Fault = reason;
        var verb = work.Kind switch { WorkKind.Create => "CREATE", WorkKind.Delete => "DELETE", _ => "UPDATE" };
        var resource = work.Target ?? stack.Resources[work.LogicalId];
        if (IsCurrent(stack, resource))
            journal.Resource(stack, resource, verb + "_FAILED", reason);
        else
            journal.Event(stack, resource, verb + "_FAILED", reason);
    }

    private static void Meet(Work work, Fault? fault)
    {
        work.FailsWith = fault is { Kind: "fail" } ? fault.Reason : null;
        work.Stalls = fault is { Kind: "stall" };
    }

    private void Run(Work work, string type, TimeSpan simulated)
    {
        work.State = WorkState.Running;
        simulated *= faults.FactorOf(type);
        work.InitiateAt = clock.Now + clock.ToReal(simulated < s_initiation ? simulated : s_initiation);
        work.DueAt = work.Stalls ? DateTimeOffset.MaxValue : clock.Now + clock.ToReal(simulated);
    }

    private static bool IsCurrent(Stack stack, StackResource resource) =>
        stack.Resources.TryGetValue(resource.LogicalId, out var current) && current.Key == resource.Key;

    /// <summary>What a failed creation left in the account goes before the resource is made anew.</summary>
    private void Discard(Stack stack, StackResource resource)
    {
        if (inventory.ByKey(resource.Key) is not { } thing)
            return;
        effects.Remove(thing);
        stacks.Remove(thing);
        Note(stack, "delete", thing.Type, thing.PhysicalId, resource.LogicalId);
    }

    /// <summary>Whether the resource stands under other tags than the stack and its properties give it.</summary>
    public bool TagsDiffer(Stack stack, StackResource resource, JsonObject properties) =>
        behaviours.IsTaggable(resource.Type) && inventory.ByKey(resource.Key) is { } thing
        && !ResourceTags.Same(thing.Tags, ResourceTags.Of(stack, resource.LogicalId, properties));

    /// <summary>The final snapshot, which nothing takes away again.</summary>
    private void LeaveSnapshot(Stack stack, CloudResource database)
    {
        var (type, service, kind) = FinalSnapshots.Of[database.Type];
        var id = $"{stack.Name}-snapshot-{database.LogicalId}-{LoadBalancing.LoadBalancers.Hex($"{database.Key}|{database.CreatedAt:O}")[..12]}".ToLowerInvariant();
        // Of the same region and account as the stack.
        var place = string.Join(':', stack.Id.Split(':')[3..5]);
        var snapshot = database with
        {
            Key = CloudResource.KeyOf(type, id),
            Type = type,
            PhysicalId = id,
            Properties = [],
            Attributes = new JsonObject { ["Arn"] = $"arn:aws:{service}:{place}:{kind}:{id}" },
            State = ResourceState.Active,
            CreatedAt = clock.Now,
        };
        stacks.Set(snapshot);
        Note(stack, "snapshot", type, id, database.LogicalId);
    }

    /// <summary>A final snapshot is part of the deletion: by the policy.</summary>
    private static bool TakesSnapshot(StackResource target) => target.DeletionPolicy == "Snapshot" && FinalSnapshots.Of.ContainsKey(target.Type);

    private void Note(Stack stack, string action, string type, string physicalId, string logicalId, string how = "") =>
        stacks.Note(type.Split("::")[1].ToLowerInvariant(), action, physicalId, $"{type} {stack.Name}/{logicalId}{how}");
}
