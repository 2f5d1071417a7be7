using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

/// <summary>From one phase of a stack's operation to the next: what begins it, what its failure leads to, what its end means.</summary>
internal sealed class StackPhases(
    StackStore stacks, StackJournal journal, StackEvaluation evaluation, StackExports exports, ParameterExistence existence, Provisioner provisioner, DurationCatalog durations, EmulatorClock clock)
{
    public TimeSpan FinishOverhead(Phase phase) => clock.ToReal(durations.StackOverhead * (phase switch
    {
        // [D] The overhead of the catalogue is split by us: preparing, and checking at the end.
        Phase.Create or Phase.Update => 0.6,
        Phase.Delete => 0.2,
        _ => 0.1,
    }));

    private DateTimeOffset StartOf(Phase phase) => clock.Now + clock.ToReal(durations.StackOverhead * (phase is Phase.Create or Phase.Update ? 0.4 : 0.1));

    public void BeginCreate(Stack stack, string? token, bool retainExceptOnCreate = false)
    {
        stack.Operation = new Operation { Phase = Phase.Create, Token = token, StartAt = StartOf(Phase.Create), Works = ApplyWorks(stack), RetainExceptOnCreate = retainExceptOnCreate };
        journal.Stack(stack, "CREATE_IN_PROGRESS", "User Initiated");
        var evaluator = evaluation.ForNew(stack.Template, stack.Parameters, stack.Name, stack.Id);
        if ((ResourcePolicies.FaultOf(stack.Template, evaluator) is { } unsound ? unsound + " " : existence.FaultOf(stack.Template, stack.Parameters)) is { } fault)
            FailCreate(stack, stack.Operation, fault);
    }

    /// <param name="before">The stack as it was; where an earlier update stopped half-way, the state before that one counts.</param>
    public void BeginUpdate(Stack stack, Snapshot before, string? token, bool retainExceptOnCreate = false)
    {
        stack.Operation = new Operation
        {
            Phase = Phase.Update,
            Token = token,
            StartAt = StartOf(Phase.Update),
            Works = ApplyWorks(stack),
            Before = stack.Stalled?.Before ?? before,
            Obsolete = stack.Stalled?.Obsolete ?? [],
            RetainExceptOnCreate = retainExceptOnCreate,
        };
        stack.Stalled = null;
        stack.UpdatedAt = clock.Now;
        journal.Stack(stack, "UPDATE_IN_PROGRESS", "User Initiated");
    }

    /// <summary>CancelUpdateStack: what is under way is given up, and the stack goes back.</summary>
    public void CancelUpdate(Stack stack)
    {
        var operation = stack.Operation!;
        foreach (var work in operation.Works.Where(work => work.State == WorkState.Running))
            provisioner.Cancel(stack, work);
        BeginUpdateRollback(stack, operation, "User Initiated");
    }

    /// <summary>ContinueUpdateRollback: tries again what failed, but for what is to be skipped.</summary>
    public void ContinueRollback(Stack stack, IReadOnlyCollection<string> skipped, string? token)
    {
        var stalled = stack.Stalled!;
        var works = stalled.Works.Where(work => work.State != WorkState.Done && !skipped.Contains(work.LogicalId)).ToList();
        foreach (var work in works)
            (work.State, work.Fault, work.FailsWith) = (WorkState.Waiting, null, null);
        foreach (var id in skipped)
            journal.Resource(stack, stack.Resources[id], "UPDATE_COMPLETE");
        stack.Operation = new Operation
        {
            Phase = Phase.UpdateRollback,
            Token = token,
            StartAt = StartOf(Phase.UpdateRollback),
            Works = works,
            Before = stalled.Before,
            Obsolete = stalled.Obsolete,
        };
        stack.Stalled = null;
        journal.Stack(stack, "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated");
    }

    public void BeginDelete(Stack stack, string? token, IReadOnlyCollection<string> retained, string? reason = "User Initiated")
    {
        var resources = stack.Resources.Values.Concat(stack.Stalled?.Obsolete ?? []).Where(resource => resource.Status is not ("DELETE_COMPLETE" or "DELETE_SKIPPED"))
            .Select(resource => retained.Contains(resource.LogicalId) ? resource with { DeletionPolicy = "Retain" } : resource);
        stack.Operation = new Operation { Phase = Phase.Delete, Token = token, StartAt = StartOf(Phase.Delete), Works = DeleteWorks(resources) };
        stack.Stalled = null;
        journal.Stack(stack, "DELETE_IN_PROGRESS", reason);
    }

    /// <summary>The call is accepted, and an event says that the stack stays as it is (seen so in rlister/stax#40, serverless/serverless#3589).</summary>
    public void RefuseDelete(Stack stack, string reason) => journal.Stack(stack, stack.Status, reason);

    /// <summary>Creating and updating end at the first failure; deleting goes on with what it can.</summary>
    public bool EndedByFailure(Operation operation) =>
        operation.Phase is Phase.Create or Phase.Update && operation.Works.Exists(work => work.State == WorkState.Failed);

    public void Fail(Stack stack, Operation operation)
    {
        foreach (var work in operation.Works.Where(work => work.State == WorkState.Running))
            provisioner.Cancel(stack, work);
        var failed = string.Join(", ", operation.Works.Where(work => work.State == WorkState.Failed).Select(work => work.LogicalId));
        if (operation.Phase == Phase.Create)
            FailCreate(stack, operation, $"The following resource(s) failed to create: [{failed}]. ");
        else
            BeginUpdateRollback(stack, operation, $"The following resource(s) failed to update: [{failed}]. ");
    }

    public void Finish(Stack stack, Operation operation)
    {
        var failed = operation.Works.Where(work => work.State == WorkState.Failed).Select(work => work.LogicalId).ToList();
        var residue = $"The following resource(s) failed to delete: [{string.Join(", ", failed)}]. ";
        switch (operation.Phase)
        {
            case Phase.Create:
                if (SetOutputs(stack) is { } createFault)
                    FailCreate(stack, operation, createFault);
                else
                    End(stack, "CREATE_COMPLETE");
                break;
            case Phase.Update:
                if (SetOutputs(stack) is { } updateFault)
                    BeginUpdateRollback(stack, operation, updateFault);
                else
                    BeginCleanup(stack, operation, "UPDATE_COMPLETE");
                break;
            case Phase.UpdateRollback when failed.Count > 0:
                stack.Stalled = operation;
                End(stack, "UPDATE_ROLLBACK_FAILED", $"The following resource(s) failed to update: [{string.Join(", ", failed)}]. ");
                break;
            case Phase.UpdateRollback:
                BeginCleanup(stack, operation, "UPDATE_ROLLBACK_COMPLETE");
                break;
            case Phase.Cleanup:
                stack.Stalled = null;
                End(stack, operation.EndStatus);
                break;
            case Phase.Rollback:
                End(stack, failed.Count == 0 ? "ROLLBACK_COMPLETE" : "ROLLBACK_FAILED", failed.Count == 0 ? null : residue);
                break;
            case Phase.Delete:
                End(stack, failed.Count == 0 ? "DELETE_COMPLETE" : "DELETE_FAILED", failed.Count == 0 ? null : residue);
                break;
        }
    }

    /// <summary>The stack stays so until somebody asks for more.</summary>
    public void End(Stack stack, string status, string? reason = null)
    {
        if (status == "DELETE_COMPLETE")
            stack.Outputs = [];
        stack.HasStableState |= status is "CREATE_COMPLETE" or "UPDATE_COMPLETE" or "UPDATE_ROLLBACK_COMPLETE";
        journal.Stack(stack, status, reason);
        stack.Operation = null;
        stacks.Changed(stack);
    }

    private void FailCreate(Stack stack, Operation operation, string reason)
    {
        if (stack.DisableRollback || stack.OnFailure == "DO_NOTHING")
        {
            End(stack, "CREATE_FAILED", reason);
            return;
        }

        if (stack.OnFailure == "DELETE")
        {
            BeginDelete(stack, operation.Token, [], reason + "Delete requested by user.");
            return;
        }

        BeginRollback(stack, operation.Token, operation.RetainExceptOnCreate, reason + "Rollback requested by user.");
    }

    /// <summary>RollbackStack: back to the last stable state, or to nothing where there never was one.</summary>
    public void RollBack(Stack stack, string? token, bool retainExceptOnCreate)
    {
        if (stack.HasStableState)
            BeginUpdateRollback(stack, stack.Stalled!, "User Initiated", token);
        else
            BeginRollback(stack, token, retainExceptOnCreate, "User Initiated");
        stack.Stalled = null;
    }

    private void BeginRollback(Stack stack, string? token, bool retainExceptOnCreate, string reason)
    {
        var made = stack.Resources.Values.Concat(stack.Stalled?.Obsolete ?? []).Select(resource => AsMadeNow(resource, retainExceptOnCreate));
        stack.Operation = new Operation { Phase = Phase.Rollback, Token = token, StartAt = StartOf(Phase.Rollback), Works = DeleteWorks(made) };
        journal.Stack(stack, "ROLLBACK_IN_PROGRESS", reason);
    }

    private void BeginUpdateRollback(Stack stack, Operation operation, string reason, string? token = null)
    {
        if (stack.DisableRollback && operation.Phase == Phase.Update && reason != "User Initiated")
        {
            stack.Stalled = operation;
            End(stack, "UPDATE_FAILED", reason);
            return;
        }

        var before = operation.Before!;
        (stack.TemplateBody, stack.Parameters, stack.Tags, stack.Capabilities) = (before.TemplateBody, before.Parameters, before.Tags, before.Capabilities);
        stack.Outputs = before.Outputs;
        var next = new Operation { Phase = Phase.UpdateRollback, Token = token ?? operation.Token, StartAt = StartOf(Phase.UpdateRollback), Before = before, Obsolete = [.. operation.Obsolete.Where(one => !before.Resources.Exists(old => old.Key == one.Key))] };
        stack.Operation = next;
        journal.Stack(stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason);

        var old = before.Resources.ToDictionary(resource => resource.LogicalId);
        foreach (var current in stack.Resources.Values.ToList())
        {
            if (!old.TryGetValue(current.LogicalId, out var previous))
                next.Obsolete.Add(AsMadeNow(current, operation.RetainExceptOnCreate));
            else if (current.Key != previous.Key)
                GoBack(stack, next, current, previous);
            else if (!current.Properties.SameAs(previous.Properties) || current.Status == "UPDATE_FAILED" || provisioner.TagsDiffer(stack, previous, previous.Properties))
                next.Works.Add(new Work { LogicalId = current.LogicalId, Kind = WorkKind.Update, Properties = previous.Properties, DependsOn = previous.Dependencies });
        }
    }

    /// <summary>The predecessor of a replaced resource is still there: it becomes the stack's again, and the successor goes.</summary>
    private void GoBack(Stack stack, Operation operation, StackResource successor, StackResource predecessor)
    {
        if (successor.Key is not null)
            operation.Obsolete.Add(successor with { DeletionPolicy = "Delete" });
        journal.Resource(stack, predecessor, "UPDATE_COMPLETE");
    }

    private void BeginCleanup(Stack stack, Operation operation, string endStatus)
    {
        if (endStatus == "UPDATE_COMPLETE")
        {
            var wanted = DependencyGraph.Build(stack.Template, evaluation.For(stack, _ => true));
            operation.Obsolete.AddRange(stack.Resources.Values.Where(resource => !wanted.ContainsKey(resource.LogicalId)));
        }

        operation.Phase = Phase.Cleanup;
        operation.EndStatus = endStatus;
        operation.FinishAt = null;
        operation.Works = DeleteWorks(operation.Obsolete);
        journal.Stack(stack, endStatus + "_CLEANUP_IN_PROGRESS");
    }

    /// <summary>A rollback keeps what its operation made where the policy is to retain, unless the policy or the caller excepts that.</summary>
    private static StackResource AsMadeNow(StackResource resource, bool retainExceptOnCreate) =>
        resource with { DeletionPolicy = resource.DeletionPolicy == "Retain" && !retainExceptOnCreate ? "Retain" : "Delete" };

    private List<Work> ApplyWorks(Stack stack) =>
        [.. DependencyGraph.Build(stack.Template, evaluation.For(stack, _ => true))
            .Select(pair => new Work { LogicalId = pair.Key, Kind = WorkKind.Apply, DependsOn = pair.Value })];

    /// <summary>In reverse: a resource waits for everything that was made after it.</summary>
    private static List<Work> DeleteWorks(IEnumerable<StackResource> resources)
    {
        var all = resources.ToList();
        return [.. all.Select(resource => new Work
        {
            LogicalId = resource.LogicalId,
            Kind = WorkKind.Delete,
            Target = resource,
            DependsOn = [.. all.Where(other => other.Dependencies.Contains(resource.LogicalId)).Select(other => other.LogicalId)],
        })];
    }

    private string? SetOutputs(Stack stack)
    {
        try
        {
            var outputs = StackOutputs.Compute(stack.Template, evaluation.For(stack, _ => true));
            if (exports.FaultOf(stack, stack.Outputs, outputs) is { } fault)
                return fault;
            stack.Outputs = outputs;
            return null;
        }
        catch (Exception error) when (error is AwsException or UnknownValueException)
        {
            return error.Message + " ";
        }
    }
}

internal static class StackOutputs
{
    public static List<StackOutput> Compute(Template template, Evaluator evaluator) =>
        [.. template.Outputs.Values.Where(output => evaluator.Holds(output.Condition)).Select(output => new StackOutput(
            output.Key, evaluator.Text(output.Value), output.Description, output.ExportName is null ? null : evaluator.Text(output.ExportName)))];
}
