namespace Portal.Core.Provisioning.Changes;

/// <summary>
/// Compares two plans of one environment: what would be created, updated and deleted, and what CloudFormation and Kubernetes would do
/// to what is there. Pure, but that it remembers templates that it has parsed. What the stacks' real outputs are does not matter: only whether they change.
/// </summary>
public sealed class ChangeEvaluator(UpdateBehaviour behaviour)
{
    private readonly TemplateTrees _trees = new();

    /// <param name="before">What was carried out, with its files.</param>
    /// <param name="after">What is asked for.</param>
    /// <exception cref="InvalidDataException">A template uses what update-behaviour.yaml does not have, or cannot be read.</exception>
    public PlanChange Evaluate(PlannedWork before, PlannedWork after)
    {
        var old = new EvaluatedPlan(before, behaviour, _trees, before: null);
        var next = new EvaluatedPlan(after, behaviour, _trees, old);
        var gone = old.Steps.Where(step => step.Action != PlanAction.Probe && next.Find(step.Name) is null).Reverse().Select(step => Deleted(old, step));
        return new PlanChange([.. next.Steps.Where(step => step.Action != PlanAction.Probe).Select(step => Compare(old, next, step)), .. gone]);
    }

    private static StepChange Compare(EvaluatedPlan old, EvaluatedPlan next, PlannedStep step)
    {
        if (old.Find(step.Name) is not { } earlier || earlier.Kind != step.Kind)
            return Change(step, StepAction.Create, [SignedInAsMaster(old, step) ? ChangeSentences.OwnUser(step) : ChangeSentences.Created(step)]);
        return step.Kind switch
        {
            StepKind.Stack => Stack(old, next, earlier, step),
            StepKind.Release => Release(next, step),
            _ => next.IsAnother(step.Name)
                ? Change(step, StepAction.Update, [ChangeSentences.Another(step)]) with { Impact = Impact.Replacement }
                : Change(step, StepAction.Unchanged, []),
        };
    }

    // Its pods were there with that database, and it had no user of its own.
    private static bool SignedInAsMaster(EvaluatedPlan old, PlannedStep step) => StepNames.IsGrant(step.Name)
        && step.DependsOn.FirstOrDefault(StepNames.IsData) is { } database
        && old.Find(StepNames.Service(step.Service!)) is not null
        && old.Find(StepNames.Bind(step.Service!))?.DependsOn.Contains(database) == true
        && !old.Steps.Any(one => one.Service == step.Service && StepNames.IsGrant(one.Name) && one.DependsOn.Contains(database));

    private static StepChange Stack(EvaluatedPlan old, EvaluatedPlan next, PlannedStep earlier, PlannedStep step)
    {
        if (earlier.Subject != step.Subject)
            throw new InvalidDataException($"{step.Name}: {earlier.Subject} and {step.Subject} are stacks of two environments.");
        var stack = next.Stack(step.Name);
        var changes = stack.Changes;
        if (changes.Count == 0)
            return Change(step, stack.HasSameOutputsAs(old.Stack(step.Name)) ? StepAction.Unchanged : StepAction.Update, []);
        var sentences = ChangeSentences.Updated(step, changes).ToList();
        var held = changes.Where(change => change.IsHeldByUse && old.IsUsedElsewhere(step.Name, change.LogicalId)).ToList();
        if (held.Count > 0)
            sentences.Add(ChangeSentences.StaysBehind(step, held));
        var impact = changes.Max(change => change.Impact);
        if (IsNotDeployed(changes))
        {
            sentences.Add(ChangeSentences.NotDeployed(step));
            impact = impact < Impact.Some ? Impact.Some : impact;
        }

        return Change(step, StepAction.Update, sentences) with { Impact = impact, Resources = changes, ReplacesData = changes.Any(change => change.LosesData) };
    }

    private static StepChange Release(EvaluatedPlan next, PlannedStep step)
    {
        var (effect, changed) = next.Release(step.Name);
        if (effect == ReleaseEffect.None)
            return Change(step, StepAction.Unchanged, []);
        var impact = effect switch
        {
            ReleaseEffect.NewLoadBalancer or ReleaseEffect.Reinstall => Impact.Replacement,
            ReleaseEffect.InterruptingRestart or ReleaseEffect.AnotherKind or ReleaseEffect.NewListener => Impact.Some,
            _ => Impact.None,
        };
        return Change(step, StepAction.Update, [ChangeSentences.Upgraded(step, effect, changed)]) with { Impact = impact, Effect = effect };
    }

    private static StepChange Deleted(EvaluatedPlan old, PlannedStep step)
    {
        if (step.Kind != StepKind.Stack)
            return Change(step, StepAction.Delete, [ChangeSentences.Deleted(step)]);
        var stack = old.Stack(step.Name);
        var lost = stack.Resources.Select(id => stack.Describe(id, ResourceAction.Removed, "DeletionPolicy")).Where(resource => resource.LosesData).ToList();
        return lost.Count == 0
            ? Change(step, StepAction.Delete, [ChangeSentences.Deleted(step)])
            : Change(step, StepAction.Delete, [.. lost.Select(resource => ChangeSentences.DeletedData(step, resource))]) with { Resources = lost, DeletesData = true };
    }

    // A deployment is a snapshot of the API: what changes in the API without a new one never reaches the callers.
    private static bool IsNotDeployed(IReadOnlyList<ResourceChange> changes) =>
        changes.Any(change => change.Type is "AWS::ApiGateway::Method" or "AWS::ApiGateway::Resource" or "AWS::ApiGateway::Authorizer")
        && !changes.Any(change => change.Type == "AWS::ApiGateway::Deployment" && (change.Action == ResourceAction.Added || change.Impact == Impact.Replacement));

    private static StepChange Change(PlannedStep step, StepAction action, IReadOnlyList<ChangeSentence> sentences) =>
        new(step.Name, step.Title, step.Service, step.Kind, action, Impact.None, [], ReleaseEffect.None, sentences);
}
