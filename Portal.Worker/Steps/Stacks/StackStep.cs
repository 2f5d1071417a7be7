using System.Text;
using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Observe;

namespace Portal.Worker.Steps.Stacks;

/// <summary>Makes a CloudFormation stack be as planned: looks first, then creates, updates, adopts or waits.</summary>
public sealed class StackStep(ICloudFormation stacks, ObservationStore observations, ObservationHub hub, OperationStore store, TimeProvider clock) : IStepExecutor
{
    public bool Handles(PlannedStep step) => step.Kind == StepKind.Stack;

    public async Task<IReadOnlyDictionary<string, string>> ExecuteAsync(StepContext context, CancellationToken cancellationToken)
    {
        var name = context.Step.Subject;
        var stack = await stacks.FindAsync(context.Target, name, cancellationToken);
        if (stack is not null)
            CheckOwner(context, stack);
        if (stack is { MustBeDeleted: true, IsSettled: true } && context.Attempt > 1)
        {
            // What an earlier attempt left can only be deleted. A first attempt never deletes: it reports what it finds.
            await stacks.DeleteAsync(context.Target, name, $"{context.Token}-delete", cancellationToken);
            await ExpectAsync(context, stack.Id, "DELETE_IN_PROGRESS", cancellationToken);
            await GoneAsync(context, stack.Id, cancellationToken);
            stack = null;
        }

        if (stack is { CanBeUpdated: true } && !IsAskedForAlready(context, stack) && await UpdateAsync(context, stack, cancellationToken) == StackUpdate.NothingToDo)
            return stack.Outputs;
        var id = stack?.Id ?? await CreateAsync(context, cancellationToken);
        var seen = await hub.WaitAsync(context.Target.Name, ObservationKinds.Stack, name,
            observation => observation.ExternalId == id && StackStatus.IsSettled(observation.State), cancellationToken);
        if (StackStatus.IsUsable(seen.State))
            return seen.Data;
        throw new StepFailedException(await ExplainAsync(context, seen, cancellationToken));
    }

    /// <summary>Ours, of this very operation: a runner before us asked for it. Where an attempt failed, the next one has yet to ask.</summary>
    private static bool IsAskedForAlready(StepContext context, StackSnapshot stack) =>
        stack.Tags.GetValueOrDefault(StackTags.Operation) == context.Work.OperationId.ToString() && (context.Attempt == 1 || !stack.HasFailed);

    /// <summary>What succeeds is kept even if the rest fails: to undo all would mean to delete a database that may be protected.</summary>
    private async Task<string> CreateAsync(StepContext context, CancellationToken cancellationToken)
    {
        var id = await stacks.CreateAsync(context.Target, await RequestAsync(context, cancellationToken) with { KeepsWhatSucceeded = true }, cancellationToken);
        await ExpectAsync(context, id, "CREATE_IN_PROGRESS", cancellationToken);
        return id;
    }

    /// <summary>A stack that works goes back to what it was if the update fails; one that never came about goes on from where it stands.</summary>
    private async Task<StackUpdate> UpdateAsync(StepContext context, StackSnapshot stack, CancellationToken cancellationToken)
    {
        var started = await stacks.UpdateAsync(
            context.Target, await RequestAsync(context, cancellationToken) with { KeepsWhatSucceeded = stack.IsPaused }, cancellationToken);
        if (started == StackUpdate.Started)
            await ExpectAsync(context, stack.Id, "UPDATE_IN_PROGRESS", cancellationToken);
        return started;
    }

    private async Task<StackRequest> RequestAsync(StepContext context, CancellationToken cancellationToken)
    {
        var work = context.Work;
        var tags = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [StackTags.Environment] = work.Environment,
            [StackTags.EnvironmentId] = work.EnvironmentId.ToString(),
            [StackTags.Operation] = work.OperationId.ToString(),
            [StackTags.Owner] = work.Owner,
            [StackTags.Request] = work.Request.ToString(System.Globalization.CultureInfo.InvariantCulture),
            [StackTags.Step] = context.Step.Name,
        };
        if (work.Plan.CostCentre.Length > 0)
            tags[StackTags.CostCentre] = work.Plan.CostCentre;
        var body = Encoding.UTF8.GetString(await store.ArtifactAsync(context.Step.Artifact!, cancellationToken));
        return new StackRequest(context.Step.Subject, body, await context.Outputs.InputsAsync(context.Step, cancellationToken), tags, context.Token)
        {
            // Roles with and without names are ours to make; a macro may only run where the approved template says so.
            Capabilities = StackShape.Parse(context.Step.Subject, body).HasTransform
                ? ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
                : ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        };
    }

    private Task ExpectAsync(StepContext context, string id, string state, CancellationToken cancellationToken) =>
        observations.ExpectAsync(new Observation(context.Target.Name, ObservationKinds.Stack, context.Step.Subject, id, state, null, new Dictionary<string, string>()), cancellationToken);

    private async Task GoneAsync(StepContext context, string id, CancellationToken cancellationToken)
    {
        // A list of stacks no longer names one that is deleted, so the observer cannot say so; by its id it can still be asked for.
        while (await stacks.FindAsync(context.Target, id, cancellationToken) is { Status: not "DELETE_COMPLETE" } stack)
        {
            if (stack.Status == "DELETE_FAILED")
                throw new StepFailedException("stack_delete_failed", $"Stack {stack.Name}, which an earlier attempt left, cannot be deleted: {stack.Reason}");
            await Task.Delay(TimeSpan.FromSeconds(Math.Max(0.5, 10 / context.Work.Pace)), clock, cancellationToken);
        }
    }

    private async Task<Failure> ExplainAsync(StepContext context, Observation seen, CancellationToken cancellationToken)
    {
        var events = new List<StackEvent>();
        await foreach (var stackEvent in stacks.EventsAsync(context.Target, seen.ExternalId, cancellationToken))
            events.Add(stackEvent);
        // Only the last request's: an earlier attempt may have left a failure of its own.
        var token = events.Find(stackEvent => stackEvent.Token is not null)?.Token;
        return StackFailure.Explain(context.Step.Subject, seen.Reason, events.Where(stackEvent => stackEvent.Token == token));
    }

    private static void CheckOwner(StepContext context, StackSnapshot stack)
    {
        if (stack.Tags.GetValueOrDefault(StackTags.EnvironmentId) == context.Work.EnvironmentId.ToString())
            return;
        throw new StepFailedException("stack_name_taken",
            $"A stack called {stack.Name} exists in {context.Target.Name} already and is not this environment's. Delete it there, or ask for the environment under another name.");
    }
}
