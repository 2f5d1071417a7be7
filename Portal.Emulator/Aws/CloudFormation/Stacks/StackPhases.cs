using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

/// <summary>From one phase of a stack's operation to the next: what begins it, what its failure leads to, what its end means.</summary>
internal sealed class StackPhases(
    StackStore stacks, StackJournal journal, StackEvaluation evaluation, Provisioner provisioner, DurationCatalog durations, EmulatorClock clock)
{
    public TimeSpan FinishOverhead(Phase phase) => clock.ToReal(durations.StackOverhead * (phase switch
    {
        // [D] The overhead of the catalogue is split by us: preparing, and checking at the end.
        Phase.Create or Phase.Update => 0.6,
        Phase.Delete => 0.2,
        _ => 0.1,
    }));

    private DateTimeOffset StartOf(Phase phase) => clock.Now + clock.ToReal(durations.StackOverhead * (phase is Phase.Create or Phase.Update ? 0.4 : 0.1));

    public void BeginCreate(Stack stack, string? token)
    {
        stack.Operation = new Operation { Phase = Phase.Create, Token = token, StartAt = StartOf(Phase.Create), Works = ApplyWorks(stack) };
        journal.Stack(stack, "CREATE_IN_PROGRESS", "User Initiated");
    }

    public void BeginUpdate(Stack stack, Snapshot before, string? token)
    {
        stack.Operation = new Operation { Phase = Phase.Update, Token = token, StartAt = StartOf(Phase.Update), Works = ApplyWorks(stack), Before = before };
        stack.UpdatedAt = clock.Now;
        journal.Stack(stack, "UPDATE_IN_PROGRESS", "User Initiated");
    }

    public void BeginDelete(Stack stack, string? token, IReadOnlyCollection<string> retained, string? reason = "User Initiated")
    {
        var resources = stack.Resources.Values.Where(resource => resource.Status is not ("DELETE_COMPLETE" or "DELETE_SKIPPED"))
            .Select(resource => retained.Contains(resource.LogicalId) ? resource with { DeletionPolicy = "Retain" } : resource);
        stack.Operation = new Operation { Phase = Phase.Delete, Token = token, StartAt = StartOf(Phase.Delete), Works = DeleteWorks(resources) };
        journal.Stack(stack, "DELETE_IN_PROGRESS", reason);
    }

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
        var failed = operation.Works.Where(work => work.State != WorkState.Done).Select(work => work.LogicalId).ToList();
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
                End(stack, "UPDATE_ROLLBACK_FAILED", $"The following resource(s) failed to update: [{string.Join(", ", failed)}]. ");
                break;
            case Phase.UpdateRollback:
                BeginCleanup(stack, operation, "UPDATE_ROLLBACK_COMPLETE");
                break;
            case Phase.Cleanup:
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

    private void End(Stack stack, string status, string? reason = null)
    {
        if (status == "DELETE_COMPLETE")
            stack.Outputs = [];
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

        stack.Operation = new Operation { Phase = Phase.Rollback, Token = operation.Token, StartAt = StartOf(Phase.Rollback), Works = DeleteWorks(stack.Resources.Values) };
        journal.Stack(stack, "ROLLBACK_IN_PROGRESS", reason + "Rollback requested by user.");
    }

    private void BeginUpdateRollback(Stack stack, Operation operation, string reason)
    {
        var before = operation.Before!;
        (stack.TemplateBody, stack.Parameters, stack.Tags, stack.Capabilities) = (before.TemplateBody, before.Parameters, before.Tags, before.Capabilities);
        stack.Outputs = before.Outputs;
        var next = new Operation { Phase = Phase.UpdateRollback, Token = operation.Token, StartAt = StartOf(Phase.UpdateRollback), Before = before };
        stack.Operation = next;
        journal.Stack(stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason);

        var old = before.Resources.ToDictionary(resource => resource.LogicalId);
        foreach (var current in stack.Resources.Values.ToList())
        {
            if (!old.TryGetValue(current.LogicalId, out var previous))
                next.Obsolete.Add(current);
            else if (current.Key != previous.Key)
                GoBack(stack, next, current, previous);
            else if (!current.Properties.SameAs(previous.Properties))
                next.Works.Add(new Work { LogicalId = current.LogicalId, Kind = WorkKind.Update, Properties = previous.Properties, DependsOn = previous.Dependencies });
            else if (current.Status.EndsWith("_FAILED", StringComparison.Ordinal))
                journal.Resource(stack, previous, "UPDATE_COMPLETE");
        }
    }

    /// <summary>The predecessor of a replaced resource is still there: it becomes the stack's again, and the successor goes.</summary>
    private void GoBack(Stack stack, Operation operation, StackResource successor, StackResource predecessor)
    {
        if (successor.Key is not null)
            operation.Obsolete.Add(successor);
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
            stack.Outputs = StackOutputs.Compute(stack.Template, evaluation.For(stack, _ => true));
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
