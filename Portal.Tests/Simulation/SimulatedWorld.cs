using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Helm;
using Portal.Worker.Kubernetes;

namespace Portal.Tests.Simulation;

internal sealed class SimulatedStack(string id, string name, string createdBy, DateTimeOffset createdAt)
{
    public string Id => id;

    public string Name => name;

    public string CreatedBy => createdBy;

    public DateTimeOffset CreatedAt => createdAt;

    public string Status { get; set; } = "CREATE_IN_PROGRESS";

    public StackRequest Request { get; set; } = null!;

    /// <summary>What it was before the update that is under way, to go back to.</summary>
    public StackRequest? Before { get; set; }

    /// <summary>Newest last.</summary>
    public List<StackEvent> Events { get; } = [];

    /// <summary>Whether a resource of it cannot go back, and has to be left out on the way.</summary>
    public bool IsStuck { get; set; }

    /// <summary>Whether somebody changed it without CloudFormation.</summary>
    public bool IsDrifted { get; set; }

    public bool IsGone => Status == "DELETE_COMPLETE";

    public bool IsMoving => Status.EndsWith("_IN_PROGRESS", StringComparison.Ordinal);
}

internal sealed class SimulatedRelease
{
    public string Status { get; set; } = "pending-install";

    public string Wanted { get; set; } = "";

    public string Description { get; set; } = "";

    public int Revision { get; set; } = 1;

    /// <summary>Of its Deployment, whose pods have come or gone at <see cref="SettledAt"/>.</summary>
    public int Replicas { get; set; } = 1;

    public DateTimeOffset SettledAt { get; set; }

    public bool IsSuspended { get; set; }

    public string? RestartedBy { get; set; }

    /// <summary>Whether somebody deleted its Deployment.</summary>
    public bool IsMissing { get; set; }

    /// <summary>Whether somebody changed what it made.</summary>
    public bool IsDrifted { get; set; }

    /// <summary>Which call works on it: another's end means nothing.</summary>
    public long Worked { get; set; }
}

/// <summary>
/// An AWS account with CloudFormation and one cluster, as far as the engine can tell: stacks with their time, tokens, owners and failures,
/// releases that a killed helm leaves pending, and a load balancer that comes and goes with the controller that works on it.
/// </summary>
internal sealed partial class SimulatedWorld(Simulator simulator, Dice dice, double faults, Func<bool> isCalm, Action<string> trace)
{
    /// <summary>The one resource of a stack that ever keeps it from going back.</summary>
    public const string Stuck = "Queue";

    public static readonly AwsTarget Target = new("sandbox", "000000000000", "us-east-1", "arn:aws:iam::000000000000:role/portal", null);

    private readonly Dictionary<string, SimulatedStack> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SimulatedStack> _byId = new(StringComparer.Ordinal);
    private readonly HashSet<string> _creationTokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SimulatedRelease> _releases = new(StringComparer.Ordinal);
    private int _stacks;
    private long _controlled;

    public SimulatedDatabase Database { get; set; } = null!;

    public IEnumerable<SimulatedStack> Stacks => _byId.Values;

    /// <summary>Null, "provisioning" or "active".</summary>
    public string? LoadBalancer { get; private set; }

    public required string LoadBalancerSubject { get; init; }

    public IReadOnlyDictionary<string, string> LoadBalancerOutputs => field ??= SimulatedShop.Outputs.GetValueOrDefault(StepNames.LoadBalancer, []).ToDictionary(name => name, name => $"lb-{name}", StringComparer.Ordinal);

    public SimulatedStack? Find(string nameOrId) => _byId.GetValueOrDefault(nameOrId) ?? (_byName.GetValueOrDefault(nameOrId) is { IsGone: false } stack ? stack : null);

    public SimulatedStack Create(StackRequest request)
    {
        if (Find(request.Name) is { } existing)
            return existing.CreatedBy == request.Token ? existing : throw new StepFailedException("cfn_already_exists", $"CloudFormation has a stack {request.Name} already.");
        if (!_creationTokens.Add(request.Token))
            throw new StepFailedException("cfn_token_used", $"CloudFormation knows the token {request.Token} from another request.");
        var stack = new SimulatedStack($"arn:{request.Name}/{++_stacks}", request.Name, request.Token, simulator.Now) { Request = request };
        (_byName[stack.Name], _byId[stack.Id]) = (stack, stack);
        trace($"  {stack.Id} is created by {request.Token}");
        Said(stack, stack.Status, request.Token);
        CheckKnown();
        Later(stack, 2, 90, () => End(stack, "CREATE_COMPLETE", Fails() ? "CREATE_FAILED" : null, request.Token));
        return stack;
    }

    public StackUpdate RevertDrift(StackRequest request) => Update(request, Find(request.Name) is { IsDrifted: true });

    public StackUpdate Update(StackRequest request) => Update(request, isWanted: false);

    private StackUpdate Update(StackRequest request, bool isWanted)
    {
        var stack = Find(request.Name) ?? throw new StepFailedException("cfn_invalid", $"Stack {request.Name} does not exist.");
        if (stack.IsMoving)
            throw new StepFailedException("cfn_busy", $"Stack {request.Name} is in {stack.Status} state and can not be updated.", canRetry: true);
        if (StackStatus.IsUsable(stack.Status) && IsSame(stack.Request, request) && !isWanted)
            return StackUpdate.NothingToDo;
        if (!StackStatus.IsUsable(stack.Status) && !StackStatus.IsPaused(stack.Status) && !StackStatus.IsBackAsBefore(stack.Status))
            throw new StepFailedException("cfn_invalid", $"Stack {request.Name} is in {stack.Status} state and can not be updated.");
        if (stack.Events.Exists(said => said.Token == request.Token))
            throw new StepFailedException("cfn_token_used", $"CloudFormation knows the token {request.Token} from another request.");
        (stack.Before, stack.Request) = (stack.Request, request);
        trace($"  {stack.Id} is updated by {request.Token}");
        Said(stack, "UPDATE_IN_PROGRESS", request.Token);
        Later(stack, 2, 60, () =>
        {
            if (!Fails() && !IsDoomed(stack.Name))
            {
                if (isWanted)
                    PutRight(stack);
                End(stack, "UPDATE_COMPLETE", null, request.Token);
                return;
            }

            if (request.KeepsWhatSucceeded)
                End(stack, "", "UPDATE_FAILED", request.Token);
            else
                GoBack(stack, request.Token);
        });
        return StackUpdate.Started;
    }

    /// <summary>How often a way back was gone without what kept it from its end.</summary>
    public int WaysBackWithout { get; private set; }

    public void ContinueRollback(string nameOrId, IReadOnlyCollection<string> leftOut, string token)
    {
        var stack = Find(nameOrId) ?? throw new StepFailedException("cfn_invalid", $"Stack {nameOrId} does not exist.");
        if (stack.Events.Exists(said => said.Token == token))
            return;
        if (stack.Status != "UPDATE_ROLLBACK_FAILED")
            throw new StepFailedException("cfn_invalid", $"Stack {stack.Name} is in {stack.Status} state and can not be rolled back.");
        if (leftOut.Count > 0 && !(stack.IsStuck && leftOut.Single() == Stuck))
            throw new InvariantException($"{stack.Id} is to go back without {string.Join(", ", leftOut)}, and {(stack.IsStuck ? Stuck : "nothing")} is what cannot.");
        if (leftOut.Count > 0)
            WaysBackWithout++;
        stack.IsStuck &= leftOut.Count == 0;
        GoBack(stack, token);
    }

    /// <summary>The way back takes its time, and may fail as well.</summary>
    private void GoBack(SimulatedStack stack, string token)
    {
        Said(stack, "UPDATE_ROLLBACK_IN_PROGRESS", token);
        Later(stack, 2, 60, () =>
        {
            var fails = stack.IsStuck || (!isCalm() && dice.Chance(IsDoomed(stack.Name) ? 0.8 : faults));
            stack.IsStuck = fails && (stack.IsStuck || dice.Chance(0.8));
            if (!fails)
                stack.Request = stack.Before!;
            if (stack.IsStuck)
                stack.Events.Add(new StackEvent($"{stack.Events.Count}", Stuck, Stuck, "AWS::SQS::Queue", "UPDATE_FAILED", "It is not what it was (HandlerErrorCode: InvalidRequest)", simulator.Now, token));
            End(stack, "", fails ? "UPDATE_ROLLBACK_FAILED" : "UPDATE_ROLLBACK_COMPLETE", token);
        });
    }

    public void Delete(string nameOrId, string token)
    {
        if (Find(nameOrId) is not { IsGone: false } stack || stack.Status == "DELETE_IN_PROGRESS")
            return;
        if (stack.Status is "UPDATE_IN_PROGRESS" or "UPDATE_ROLLBACK_IN_PROGRESS")
            throw new StepFailedException("cfn_busy", $"Stack {stack.Name} is in {stack.Status} state and can not be deleted.", canRetry: true);
        CheckDeletion(stack, token);
        CheckSnapshot(stack);
        Said(stack, "DELETE_IN_PROGRESS", token);
        Later(stack, 2, 60, () => End(stack, "DELETE_COMPLETE",
            Fails() || stack.Request.Parameters.GetValueOrDefault(PlanDifference.DeletionProtection) == "true" ? "DELETE_FAILED" : null, token));
    }

    public StackSnapshot Snapshot(SimulatedStack stack) => new(
        stack.Id, stack.Name, stack.Status, null, StackStatus.IsUsable(stack.Status) ? OutputsOf(stack) : new Dictionary<string, string>(), stack.Request.Tags, stack.CreatedAt, null);

    public bool HasCluster => _byId.Values.Any(stack => !stack.IsGone && stack.Request.Tags[StackTags.Step] == StepNames.Cluster);

    /// <summary>Begins to work on a release; whoever worked on it before is dead or gives way.</summary>
    /// <returns>The work's number, or null where there is nothing to do.</returns>
    public long? BeginRelease(ReleaseRequest request)
    {
        var wanted = $"{(request.Chart is ChartFolder ? "" : request.Chart)}{request.Values.ToJsonString()}";
        if (_releases.TryGetValue(request.Name, out var release) && release.Status == "deployed" && release.Wanted == wanted && (!request.Again || release.Description == request.Description))
            return null;
        if (!HasCluster)
            throw new InvariantException($"Release {request.Name} is installed without a cluster.");
        if (release is null)
        {
            _releases[request.Name] = release = new SimulatedRelease();
            trace($"  release {request.Name} is made");
        }
        else
        {
            release.Status = "pending-upgrade";
        }

        CheckKnown();
        (release.Wanted, release.Worked, release.Description) = (wanted, simulator.NextNumber(), request.Description);
        release.Revision++;
        // The API has the rules long before helm has done waiting.
        if (request.Name == IngressRelease)
            Control();
        return release.Worked;
    }

    public ReleaseSnapshot? Release(ReleaseRequest request) => _releases.GetValueOrDefault(request.Name) is { } release
        ? new ReleaseSnapshot(request.Namespace, request.Name, release.Revision, release.Status, request.Name, null, simulator.Now, null, null)
        : null;

    public void EndRelease(string name, long work, bool isGood, int replicas)
    {
        if (_releases.GetValueOrDefault(name) is not { } release || release.Worked != work)
            return;
        (release.Status, release.Replicas, release.IsSuspended, release.IsMissing, release.IsDrifted) = (isGood ? "deployed" : "failed", replicas, false, false, false);
        release.SettledAt = simulator.Now;
        Control();
    }

    public void Uninstall(string name)
    {
        if (_releases.Remove(name))
            trace($"  release {name} is gone");
        Control();
    }

    /// <summary>The controller's work: it makes the load balancer while its Ingress is there, and takes it away while it still runs itself.</summary>
    private void Control()
    {
        var round = ++_controlled;
        simulator.After(dice.Between(2, 20), null, () =>
        {
            var wanted = _releases.ContainsKey(IngressRelease);
            if (!HasCluster || !_releases.ContainsKey(ControllerRelease) || !HasNodes)
                return;
            LoadBalancer = wanted ? "active" : null;
        }, () => round == _controlled);
    }

    public required string ControllerRelease { get; init; }

    public required string IngressRelease { get; init; }

    /// <summary>Nothing exists that the deployments do not tell of.</summary>
    public void CheckKnown()
    {
        if (LoadBalancer is not null && !Database.IsKnown(StepKind.Wait, LoadBalancerSubject))
            throw new InvariantException("The load balancer exists and no deployment tells of it.");
        foreach (var stack in _byName.Values)
        {
            if (!stack.IsGone && !Database.IsKnown(StepKind.Stack, stack.Name))
                throw new InvariantException($"{stack.Id} exists ({stack.Status}) and no deployment tells of it.");
        }

        foreach (var release in _releases.Keys)
        {
            if (!Database.IsKnown(StepKind.Release, release))
                throw new InvariantException($"Release {release} exists and no deployment tells of it.");
        }
    }

    public void CheckEmpty()
    {
        if (_byId.Values.FirstOrDefault(stack => !stack.IsGone) is { } left)
            throw new InvariantException($"The environment is destroyed, and {left.Id} is {left.Status}.");
        if (_releases.Count > 0)
            throw new InvariantException($"The environment is destroyed, and the release {_releases.Keys.First()} is there.");
        if (LoadBalancer is not null)
            throw new InvariantException("The environment is destroyed, and its load balancer is there.");
        CheckReported();
    }

    /// <summary>What a step said is done is so.</summary>
    public void CheckDone(PlannedStep step, OperationWork work, IReadOnlyDictionary<string, string> outputs)
    {
        var fault = step switch
        {
            { Action: PlanAction.Remove, Kind: StepKind.Stack } => Find(step.Subject) is { } left ? $"its stack is {left.Status}" : null,
            { Action: PlanAction.Remove, Kind: StepKind.Release } => _releases.ContainsKey(step.Subject) ? "its release is there" : null,
            { Kind: StepKind.Wait } => (LoadBalancer == "active") == (step.Action == PlanAction.Ensure) ? null : $"the load balancer is {LoadBalancer ?? "not there"}",
            { Kind: StepKind.Probe } => Broken(step),
            // What ran before a rollout is not run once more by a roll-back, however its release was left.
            { Kind: StepKind.Release } when work.Kind is OperationKind.Undo or OperationKind.TakeBack && WorkloadValues.KindOf(step) == WorkloadValues.Job => null,
            { Kind: StepKind.Stack or StepKind.Release } => FaultOf(step, work.OperationId) ?? MissingOf(step, outputs),
            _ => null,
        };
        if (fault is not null)
            throw new InvariantException($"{step.Name} ({step.Action}) of epoch {work.Fence.Epoch} succeeded, and {fault}.");
        if (step.Action == PlanAction.Remove || (step.Action == PlanAction.Ensure && Find(step.Subject)?.IsDrifted != true && _releases.GetValueOrDefault(step.Subject) is null or { IsDrifted: false }))
            _touched.Remove(step.Name);
    }

    /// <summary>What others will need of a stack.</summary>
    private static string? MissingOf(PlannedStep step, IReadOnlyDictionary<string, string> outputs) =>
        step is { Kind: StepKind.Stack, Action: PlanAction.Ensure } && SimulatedShop.Outputs.GetValueOrDefault(step.Deployment, []).FirstOrDefault(name => !outputs.ContainsKey(name)) is { } missing
            ? $"gave no {missing}"
            : null;

    /// <summary>A first attempt reports what it finds and never deletes it.</summary>
    private void CheckDeletion(SimulatedStack stack, string token)
    {
        var operation = Database.Operation(Guid.ParseExact(token[..32], "N"));
        var rest = token[33..^"-delete".Length];
        var (name, attempt) = (rest[..rest.LastIndexOf('-')], rest[(rest.LastIndexOf('-') + 1)..]);
        var step = operation.Plan.Step(name);
        if (step.Action == PlanAction.Ensure && attempt == "1")
            throw new InvariantException($"A first attempt of {name} deletes {stack.Id}.");
        if (step.Subject != stack.Name)
            throw new InvariantException($"{name} deletes {stack.Id}, which is not its own.");
    }

    private void End(SimulatedStack stack, string good, string? bad, string token)
    {
        // The whole account's cluster goes with its stack, and so does what ran in it.
        Said(stack, bad ?? good, token);
        if (bad is not null)
            trace($"  {stack.Id} is {bad}");
        // A controller that had no node to run on goes on when there is one.
        if (stack.Request.Tags[StackTags.Step] == StepNames.Nodes && !stack.IsGone)
            Control();
        if (!stack.IsGone)
            return;
        trace($"  {stack.Id} is gone");
        Leave(stack);
        if (stack.Request.Tags[StackTags.Step] == StepNames.Cluster && _releases.Count > 0)
            throw new InvariantException($"The cluster is gone, and the release {_releases.Keys.First()} was in it.");
    }

    private void Said(SimulatedStack stack, string status, string? token)
    {
        stack.Status = status;
        var reason = StackStatus.HasFailed(status) ? (!IsDoomed(stack.Name) && dice.Chance(0.5) ? "Rate exceeded (HandlerErrorCode: Throttling)" : "Quota reached (HandlerErrorCode: ServiceLimitExceeded)") : null;
        stack.Events.Add(new StackEvent($"{stack.Events.Count}", stack.Name, stack.Id, "AWS::CloudFormation::Stack", status, reason, simulator.Now, token));
    }

    /// <summary>An end that comes when nothing else has been begun meanwhile.</summary>
    private void Later(SimulatedStack stack, double from, double to, Action end)
    {
        var said = stack.Events.Count;
        simulator.After(dice.Between(from, to), null, end, () => stack.Events.Count == said);
    }

    /// <summary>The stack or release that a change cannot bring about, however often it is tried; null where there is none.</summary>
    public string? Doomed { get; set; }

    public bool IsDoomed(string subject) => !isCalm() && Doomed == subject;

    private bool Fails() => !isCalm() && dice.Chance(faults / 8);

    private Dictionary<string, string> OutputsOf(SimulatedStack stack) =>
        SimulatedShop.Outputs.GetValueOrDefault(stack.Request.Tags[StackTags.Step], []).ToDictionary(name => name, name => name.EndsWith("Endpoint", StringComparison.Ordinal) ? "https://cluster.test" : $"{stack.Name}-{name}", StringComparer.Ordinal);

    private static bool IsSame(StackRequest one, StackRequest other) =>
        one.TemplateBody == other.TemplateBody && one.Parameters.Count == other.Parameters.Count && one.Parameters.All(pair => other.Parameters.GetValueOrDefault(pair.Key) == pair.Value);
}
