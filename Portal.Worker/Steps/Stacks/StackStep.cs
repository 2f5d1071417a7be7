using System.Text;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Observe;

namespace Portal.Worker.Steps.Stacks;

/// <summary>
/// Makes a CloudFormation stack be as planned, or be gone: looks first, then creates, updates, deletes, adopts or waits. One that nobody can
/// have begun is created without a look: the call itself says where there is one of that name.
/// </summary>
public sealed class StackStep(ICloudFormation stacks, ILogGroups logs, NodeGroupSize nodes, AddOnCheck addOns, IObservations observations, IObservationHub hub, IOperationStore store) : IStepExecutor
{
    private const string StackGone = "stack_gone";

    /// <summary>How the tokens end that a step deletes with.</summary>
    private const string Deletes = "-delete";

    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    public bool Handles(PlannedStep step) => step.Kind == StepKind.Stack;

    /// <summary>CloudFormation goes on with what it was asked for, whether anybody waits or not; only at its end is there a state to go on from.</summary>
    public bool CanBeBrokenOff => false;

    public Task<IReadOnlyDictionary<string, string>> ExecuteAsync(StepContext context, CancellationToken cancellationToken) => context.Step.Action switch
    {
        PlanAction.Remove => RemoveAsync(context, cancellationToken),
        PlanAction.Sleep or PlanAction.Wake => RestAsync(context, cancellationToken),
        _ => EnsureAsync(context, cancellationToken),
    };

    /// <summary>
    /// Changes what is there, and neither makes nor deletes anything: a database made anew by going to sleep would be an empty one. What
    /// somebody deleted rests already; it is said, and the others go on.
    /// </summary>
    private async Task<IReadOnlyDictionary<string, string>> RestAsync(StepContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await EnsureAsync(context, cancellationToken);
        }
        catch (StepFailedException error) when (error.Failure is { Code: StackFailure.ResourceGone or Failure.HalfBack, Resources: { Count: > 0 } resources } && resources.All(one => one.IsGone))
        {
            await store.NoteMissingAsync(context.Work, context.Step, string.Join(" and ", resources.Select(one => one.Title)), cancellationToken);
            return None;
        }
        catch (StepFailedException error) when (error.Failure.Code == StackGone)
        {
            await store.NoteMissingAsync(context.Work, context.Step, $"The stack {context.Step.Subject}", cancellationToken);
            return None;
        }
    }

    private static bool Rests(StepContext context) => context.Step.Action is PlanAction.Sleep or PlanAction.Wake;

    private async Task<IReadOnlyDictionary<string, string>> EnsureAsync(StepContext context, CancellationToken cancellationToken)
    {
        if (IsNew(context) && await CreateNewAsync(context, cancellationToken) is { } created)
            return await ReachedAsync(context, created, cancellationToken);
        var stack = await FindReadyAsync(context, cancellationToken);
        if (stack is { IsHalfBack: true } && !await IsAskedForAlreadyAsync(context, stack, cancellationToken))
            stack = await GoBackAsync(context, stack, cancellationToken);
        if (stack is { MustBeDeleted: true, IsSettled: true } && context.Attempt > 1 && !Rests(context))
        {
            // What an earlier attempt left can only be deleted. A first attempt never deletes: it reports what it finds.
            await DeleteAsync(context, stack.Id, cancellationToken);
            stack = null;
        }

        var isAskedFor = stack is { CanBeUpdated: true } && await IsAskedForAlreadyAsync(context, stack, cancellationToken);
        if (isAskedFor)
            // It may have arrived only since we looked.
            stack = await stacks.FindAsync(context.Target, stack!.Id, cancellationToken) ?? stack;
        // What was observed may be older than what was asked for, and would be taken for its result; this is as it is now.
        if (stack is { IsSettled: true } && (isAskedFor || !stack.CanBeUpdated))
            return await ResultAsync(context, stack.Id, stack.Status, stack.Reason, stack.Outputs, cancellationToken);
        if (stack is { CanBeUpdated: true } && !isAskedFor)
        {
            if (await UpdateAsync(context, stack, cancellationToken) == StackUpdate.NothingToDo)
            {
                // What a runner before us asked for may have arrived, and come to its end, since we looked: it is as planned, with other outputs.
                stack = await stacks.FindAsync(context.Target, stack.Id, cancellationToken) ?? stack;
                return await ResultAsync(context, stack.Id, stack.Status, stack.Reason, stack.Outputs, cancellationToken);
            }
        }
        else if (stack is not null)
        {
            await ExpectAsync(context, stack.Id, stack.Status, cancellationToken);
        }

        if (stack is null && Rests(context))
            throw new StepFailedException(StackGone, $"The stack {context.Step.Subject} is gone.");
        return await ReachedAsync(context, stack?.Id ?? await CreateAsync(context, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// The stack when it can be asked for something, or is at what this very attempt asked for. Whatever else is under way comes to its end
    /// first, because its result would be taken for ours: what an operation asked for that was cancelled while nobody answered, or an earlier
    /// attempt, or the way back or the delete that a runner before us began with.
    /// </summary>
    private async Task<StackSnapshot?> FindReadyAsync(StepContext context, CancellationToken cancellationToken)
    {
        while (await stacks.FindAsync(context.Target, context.Step.Subject, cancellationToken) is { } stack)
        {
            CheckOwner(context, stack);
            var token = stack.IsSettled ? null : await LastTokenAsync(context, stack.Id, cancellationToken);
            if (stack.IsSettled || token == context.Token)
                return stack;
            await ExpectAsync(context, stack.Id, stack.Status, cancellationToken);
            var seen = await SettledAsync(context, stack.Id, cancellationToken);
            if (seen.State == "DELETE_COMPLETE" && token?.EndsWith(Deletes, StringComparison.Ordinal) != true)
                throw Gone(context);
        }

        return null;
    }

    /// <summary>Whether nobody before this runner can have begun to make it: what is about to be made is known before the first call.</summary>
    private static bool IsNew(StepContext context) => context.Attempt == 1 && !Rests(context) && !context.Work.Deployed.ContainsKey(context.Step.Deployment);

    /// <returns>Null where there is one of that name, which has to be looked at.</returns>
    private async Task<string?> CreateNewAsync(StepContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await CreateAsync(context, cancellationToken);
        }
        catch (StepFailedException error) when (error.Failure.Code is "cfn_already_exists" or "cfn_token_used")
        {
            return null;
        }
    }

    private async Task<IReadOnlyDictionary<string, string>> ReachedAsync(StepContext context, string id, CancellationToken cancellationToken)
    {
        var seen = await SettledAsync(context, id, cancellationToken);
        return await ResultAsync(context, id, seen.State, seen.Reason, seen.Data, cancellationToken);
    }

    /// <summary>Back to what the stack was before an update that neither came about nor could be undone: only from there an update can follow.</summary>
    private async Task<StackSnapshot?> GoBackAsync(StepContext context, StackSnapshot stack, CancellationToken cancellationToken)
    {
        await stacks.ContinueRollbackAsync(context.Target, stack.Id, await LeftOutAsync(context, stack.Id, cancellationToken), BackToken(context), cancellationToken);
        await ExpectAsync(context, stack.Id, "UPDATE_ROLLBACK_IN_PROGRESS", cancellationToken);
        var seen = await SettledAsync(context, stack.Id, cancellationToken);
        return StackStatus.IsBackAsBefore(seen.State)
            ? await stacks.FindAsync(context.Target, stack.Id, cancellationToken)
            : throw new StepFailedException(await ExplainAsync(context, stack.Id, seen.State, seen.Reason, cancellationToken));
    }

    /// <summary>What somebody chose, of what keeps the stack from going back now: CloudFormation refuses anything else.</summary>
    private async Task<IReadOnlyCollection<string>> LeftOutAsync(StepContext context, string id, CancellationToken cancellationToken)
    {
        if (context.Work.Deployed.GetValueOrDefault(context.Step.Deployment) is not { LeftOut: { Count: > 0 } chosen })
            return [];
        var events = new List<StackEvent>();
        await foreach (var said in stacks.EventsAsync(context.Target, id, cancellationToken))
            events.Add(said);
        return [.. StackFailure.StuckNow(events).Select(one => one.LogicalId).Where(chosen.Contains)];
    }

    private static string BackToken(StepContext context) => $"{context.Token}-back";

    private async Task<IReadOnlyDictionary<string, string>> ResultAsync(
        StepContext context, string id, string status, string? reason, IReadOnlyDictionary<string, string> outputs, CancellationToken cancellationToken) =>
        StackStatus.IsUsable(status) ? outputs
        : status == "DELETE_COMPLETE" ? throw Gone(context)
        : throw new StepFailedException(await ExplainAsync(context, id, status, reason, cancellationToken));

    private static StepFailedException Gone(StepContext context) =>
        new(StackGone, $"The stack {context.Step.Subject} was deleted meanwhile, and not by an operation of the portal.");

    private async Task<IReadOnlyDictionary<string, string>> RemoveAsync(StepContext context, CancellationToken cancellationToken)
    {
        var stack = await stacks.FindAsync(context.Target, context.Step.Subject, cancellationToken);
        // A stack of that name that is not ours is the reason why there never was one of ours.
        if (stack is null || !IsOurs(context, stack))
            return None;
        if (!stack.IsSettled && stack.Status != "DELETE_IN_PROGRESS")
        {
            await ExpectAsync(context, stack.Id, stack.Status, cancellationToken);
            await SettledAsync(context, stack.Id, cancellationToken);
            stack = await stacks.FindAsync(context.Target, stack.Id, cancellationToken) ?? stack;
        }

        if (stack.IsHalfBack && IsProtected(context))
            stack = await TryGoBackAsync(context, stack, cancellationToken);
        if (stack.CanBeUpdated && IsProtected(context) && await UpdateAsync(context, stack, cancellationToken) == StackUpdate.Started)
        {
            var seen = await SettledAsync(context, stack.Id, cancellationToken);
            if (!StackStatus.IsUsable(seen.State) && !stack.IsPaused)
                throw new StepFailedException(await ExplainAsync(context, seen.ExternalId, seen.State, seen.Reason, cancellationToken));
        }

        await DeleteAsync(context, stack.Id, cancellationToken);
        return None;
    }

    /// <summary>Protection can only be lifted from there. Where even that fails, what is not protected can be deleted all the same.</summary>
    private async Task<StackSnapshot> TryGoBackAsync(StepContext context, StackSnapshot stack, CancellationToken cancellationToken)
    {
        try
        {
            return await GoBackAsync(context, stack, cancellationToken) ?? stack;
        }
        catch (StepFailedException error) when (error.Failure.Code == Failure.HalfBack)
        {
            return stack;
        }
    }

    /// <summary>The plan lifts the protection that the stack was made with.</summary>
    private static bool IsProtected(StepContext context) =>
        context.Work.Deployed.TryGetValue(context.Step.Name, out var deployed)
        && deployed.Plan.Inputs.GetValueOrDefault(PlanDifference.DeletionProtection)?.Value == "true"
        && context.Step.Inputs.GetValueOrDefault(PlanDifference.DeletionProtection)?.Value == "false";

    /// <summary>A runner before us asked for it with this very attempt's token. Where an attempt failed, the next one has yet to ask.</summary>
    private async Task<bool> IsAskedForAlreadyAsync(StepContext context, StackSnapshot stack, CancellationToken cancellationToken)
    {
        return (context.Attempt == 1 || !stack.HasFailed) && await LastTokenAsync(context, stack.Id, cancellationToken) == context.Token;
    }

    /// <summary>Of the request that CloudFormation was last given for the stack.</summary>
    private async Task<string?> LastTokenAsync(StepContext context, string id, CancellationToken cancellationToken)
    {
        await foreach (var stackEvent in stacks.EventsAsync(context.Target, id, cancellationToken))
        {
            if (stackEvent.Token is { } token)
                return token;
        }

        return null;
    }

    /// <summary>What succeeds is kept even if the rest fails: to undo all would mean to delete a database that may be protected.</summary>
    private async Task<string> CreateAsync(StepContext context, CancellationToken cancellationToken)
    {
        await addOns.CheckAsync(context, cancellationToken);
        // A cluster of that name may have been there before. The group of one that is there bears its stack's tags, and stays.
        if (context.Step.Name == StepNames.Cluster)
            await logs.DeleteLeftoverAsync(context.Target, ILogGroups.OfCluster(context.Step.Subject), cancellationToken);
        var id = await stacks.CreateAsync(context.Target, await RequestAsync(context, cancellationToken) with { KeepsWhatSucceeded = true }, cancellationToken);
        await ExpectAsync(context, id, "CREATE_IN_PROGRESS", cancellationToken);
        return id;
    }

    /// <summary>A stack that works goes back to what it was if the update fails; one that never came about goes on from where it stands.</summary>
    private async Task<StackUpdate> UpdateAsync(StepContext context, StackSnapshot stack, CancellationToken cancellationToken)
    {
        await addOns.CheckAsync(context, cancellationToken);
        var request = await RequestAsync(context, cancellationToken) with { KeepsWhatSucceeded = stack.IsPaused };
        request = request with { Parameters = await nodes.KeepAsync(context, request.Parameters, cancellationToken) };
        var started = context.Step.RevertsDrift
            ? await stacks.RevertDriftAsync(context.Target, request, cancellationToken)
            : await stacks.UpdateAsync(context.Target, request, cancellationToken);
        if (started == StackUpdate.Started)
            await ExpectAsync(context, stack.Id, "UPDATE_IN_PROGRESS", cancellationToken);
        return started;
    }

    /// <summary>Deletes and waits until it is gone; one that is being deleted already is waited for.</summary>
    private async Task DeleteAsync(StepContext context, string id, CancellationToken cancellationToken)
    {
        await stacks.DeleteAsync(context.Target, id, $"{context.Token}{Deletes}", cancellationToken);
        await ExpectAsync(context, id, "DELETE_IN_PROGRESS", cancellationToken);
        var seen = await SettledAsync(context, id, cancellationToken);
        if (seen.State == "DELETE_COMPLETE")
            return;
        var failure = await ExplainAsync(context, seen.ExternalId, seen.State, seen.Reason, cancellationToken);
        // What stands in the way is mostly a network interface or a group that AWS itself has yet to let go of.
        throw new StepFailedException(failure with { Code = "stack_delete_failed", Message = $"Stack {context.Step.Subject} cannot be deleted.", RootCause = failure.RootCause ?? seen.Reason, CanRetry = true });
    }

    private async Task<Observation> SettledAsync(StepContext context, string id, CancellationToken cancellationToken)
    {
        await context.AnsweredAsync();
        return await hub.WaitAsync(
            context.Target.Name, ObservationKinds.Stack, context.Step.Subject,
            observation => observation.ExternalId == id && StackStatus.IsSettled(observation.State), cancellationToken);
    }

    private async Task<StackRequest> RequestAsync(StepContext context, CancellationToken cancellationToken)
    {
        var work = context.Work;
        var body = Encoding.UTF8.GetString(await store.ArtifactAsync(context.Step.Artifact!, cancellationToken));
        var tags = new Dictionary<string, string>(work.Plan.Tags.Concat(OwnTags(context)), StringComparer.Ordinal);
        return new StackRequest(context.Step.Subject, body, await context.Outputs.InputsAsync(context.Step, cancellationToken), tags, context.Token) { Capabilities = context.Step.Capabilities };
    }

    private Task ExpectAsync(StepContext context, string id, string state, CancellationToken cancellationToken) =>
        observations.ExpectAsync(new Observation(context.Target.Name, ObservationKinds.Stack, context.Step.Subject, id, state, null, OwnTags(context)), cancellationToken);

    private async Task<Failure> ExplainAsync(StepContext context, string id, string status, string? reason, CancellationToken cancellationToken)
    {
        var events = new List<StackEvent>();
        await foreach (var stackEvent in stacks.EventsAsync(context.Target, id, cancellationToken))
            events.Add(stackEvent);
        // Only the last request's: an earlier attempt may have left a failure of its own.
        var token = events.Find(stackEvent => stackEvent.Token is not null)?.Token;
        var last = events.Where(stackEvent => stackEvent.Token == token);
        return StackStatus.IsHalfBack(status) ? StackFailure.ExplainHalfBack(context.Step.Subject, reason, last) : StackFailure.Explain(context.Step.Subject, reason, last);
    }

    /// <summary>What says whose a stack is.</summary>
    private static Dictionary<string, string> OwnTags(StepContext context) => new(StringComparer.Ordinal)
    {
        [StackTags.EnvironmentId] = context.Work.EnvironmentId.ToString(),
        [StackTags.Step] = context.Step.Deployment,
    };

    private static bool IsOurs(StepContext context, StackSnapshot stack) =>
        stack.Tags.GetValueOrDefault(StackTags.EnvironmentId) == context.Work.EnvironmentId.ToString();

    private static void CheckOwner(StepContext context, StackSnapshot stack)
    {
        if (!IsOurs(context, stack))
        {
            throw new StepFailedException("stack_name_taken",
                $"A stack called {stack.Name} exists in {context.Target.Name} already and is not this environment's. Delete it there, or ask for the environment under another name.");
        }
    }
}
