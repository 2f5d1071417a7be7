using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Kubernetes;
using Portal.Worker.Steps.Probes;

namespace Portal.Tests.Simulation;

/// <summary>What happens to an environment after it was made: it rests, somebody changes it by hand, requests come in, and something is left of it.</summary>
internal sealed partial class SimulatedWorld
{
    private const string Arn = "arn:aws:";

    private readonly Dictionary<string, string> _instances = new(StringComparer.Ordinal);
    private readonly HashSet<string> _missing = new(StringComparer.Ordinal);
    private readonly HashSet<string> _touched = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _left = new(StringComparer.Ordinal);

    /// <summary>Steps whose subjects somebody changed by hand, and nobody has put right yet.</summary>
    public IReadOnlyCollection<string> Touched => _touched;

    /// <summary>A log group that nobody's stack has: EKS made it again.</summary>
    public bool HasStrayLogs { get; private set; }

    private bool HasNodes => _byName.Values.FirstOrDefault(stack => !stack.IsGone && stack.Request.Tags[StackTags.Step] == StepNames.Nodes) is { } nodes
        && nodes.Status is not ("CREATE_IN_PROGRESS" or "CREATE_FAILED" or "DELETE_IN_PROGRESS") && !SimulatedShop.NodesAtRest.All(pair => nodes.Request.Parameters.GetValueOrDefault(pair.Key) == pair.Value);

    public string InstanceStatus(string instance) => Owner(instance) is null || _missing.Contains(instance)
        ? throw new StepFailedException(IDatabases.NotFound, $"There is no instance {instance}.")
        : _instances.GetValueOrDefault(instance, "available");

    public void MoveInstance(string instance, string from, string over, string to)
    {
        if (InstanceStatus(instance) != from)
            throw new StepFailedException("rds_busy", $"The instance {instance} is {InstanceStatus(instance)}.", canRetry: true);
        _instances[instance] = over;
        simulator.After(dice.Between(20, 120), null, () => _instances[instance] = to, () => _instances.GetValueOrDefault(instance) == over);
    }

    private SimulatedStack? Owner(string instance) => _byName.Values.FirstOrDefault(stack => !stack.IsGone && instance.StartsWith($"{stack.Name}-", StringComparison.Ordinal));

    public void Scale(string release, int replicas)
    {
        var found = Deployment(release);
        (found.Replicas, found.SettledAt) = (replicas, simulator.Now + dice.Between(1, 30));
    }

    public void Restart(string release, string by)
    {
        var found = Deployment(release);
        if (found.RestartedBy == by)
            return;
        (found.RestartedBy, found.SettledAt) = (by, simulator.Now + dice.Between(1, 30));
    }

    public void Suspend(string release, bool isSuspended) => Deployment(release).IsSuspended = isSuspended;

    private SimulatedRelease Deployment(string release) => _releases.GetValueOrDefault(release) is { IsMissing: false } found
        ? found
        : throw new StepFailedException("k8s_not_found", $"There is no {release} in the cluster.");

    public IReadOnlyList<ClusterObject> Deployments() => [.. _releases.Where(pair => !pair.Value.IsMissing).Select(pair =>
    {
        var (release, settled) = (pair.Value, pair.Value.SettledAt <= simulator.Now && (pair.Value.Replicas == 0 || HasNodes));
        return new ClusterObject(
            ObjectKind.Deployment, "", pair.Key, pair.Key, "1", simulator.Now, false, new Dictionary<string, string>(),
            new DeploymentStatus(release.Replicas, settled ? release.Replicas : 0, settled ? release.Replicas : 0, settled ? release.Replicas : 0, true, true, null, null)
            { Total = settled ? release.Replicas : release.Replicas + 1 });
    })];

    /// <summary>A request from outside, hop by hop.</summary>
    public DoorAnswer Ask(PlannedStep probe, string method, string path)
    {
        var request = FrontDoorProbe.FromValues(probe.Values!).First(one => one.Method == method && one.Path == path);
        if (!IsUsable(StepNames.EdgeRoutes) || !IsUsable(StepNames.EdgeBase))
            return new DoorAnswer(403, "MissingAuthenticationTokenException", null);
        return request.Expect switch
        {
            FrontDoorProbe.Expectation.SignIn => new DoorAnswer(401, "UnauthorizedException", null),
            FrontDoorProbe.Expectation.Key => new DoorAnswer(403, "ForbiddenException", null),
            _ when LoadBalancer != "active" => new DoorAnswer(504, "IntegrationFailureException", null),
            _ when !_releases.ContainsKey(IngressRelease) => new DoorAnswer(404, null, "awselb/2.0"),
            _ when !Answers(request.Service) => new DoorAnswer(503, null, "awselb/2.0"),
            _ => new DoorAnswer(200, null, null),
        };
    }

    /// <summary>Those that a load balancer could know.</summary>
    public IEnumerable<string> Services() => Database.Deployed.Where(one => WorkloadValues.KindOf(one.Plan) == WorkloadValues.Service).Select(one => one.Plan.Service!);

    public bool Answers(string service) => Database.Deployment(StepNames.Service(service)) is { } step
        && _releases.GetValueOrDefault(step.Plan.Subject) is { Status: "deployed", IsMissing: false, Replicas: > 0 } release && release.SettledAt <= simulator.Now && HasNodes;

    /// <summary>Where a request for one of the probe's services would end.</summary>
    private string? Broken(PlannedStep probe) => FrontDoorProbe.FromValues(probe.Values!)
        .Select(request => (request, Answer: Ask(probe, request.Method, request.Path)))
        .Where(asked => DoorVerdict.Of(asked.request, asked.Answer) is not null || !Answers(asked.request.Service))
        .Select(asked => $"{asked.request.Method} {asked.request.Path} is answered with {asked.Answer.Status} ({asked.Answer.GatewayError ?? asked.Answer.Server})").FirstOrDefault();

    private bool IsUsable(string step) => Database.Deployment(step) is { } found && Find(found.Plan.Subject) is { } stack && StackStatus.IsUsable(stack.Status);

    /// <summary>Somebody in the console, or with kubectl.</summary>
    public void ChangeByHand(Dice hand)
    {
        var made = Database.Deployed.Where(one => one is { IsComplete: true, Plan.Kind: StepKind.Stack or StepKind.Release }).ToList();
        var (one, kind) = (made[hand.Below(made.Count)], hand.Below(3));
        if (one.Plan.Kind == StepKind.Stack && Find(one.Plan.Subject) is { IsMoving: false } stack)
        {
            // What others stand on cannot be deleted.
            if (kind == 0 && one.Step == StepNames.EdgeRoutes)
                Said(stack, "DELETE_COMPLETE", null);
            else
                stack.IsDrifted = true;
            if (kind < 2 && one.Plan.Rest?.Instance is { } instance)
                DeleteInstance($"{stack.Name}-{instance}");
        }
        else if (_releases.GetValueOrDefault(one.Plan.Subject) is { } release)
        {
            release.IsMissing = kind == 0 && WorkloadValues.KindOf(one.Plan) is not null;
            release.IsDrifted = true;
        }
        else
        {
            return;
        }

        trace($"  somebody changes {one.Step} by hand");
        _touched.Add(one.Step);
    }

    // One that somebody deleted rests, and is missed by nobody who wakes the others up.
    private string? InstanceFault(string instance, string wanted) => _missing.Contains(instance) || InstanceStatus(instance) == wanted ? null : $"its database is {InstanceStatus(instance)}";

    private void DeleteInstance(string instance)
    {
        _missing.Add(instance);
        _instances.Remove(instance);
    }

    /// <summary>The stack is as its template says again: what was deleted is there anew.</summary>
    private void PutRight(SimulatedStack stack)
    {
        stack.IsDrifted = false;
        _missing.RemoveWhere(instance => instance.StartsWith($"{stack.Name}-", StringComparison.Ordinal));
    }

    /// <summary>How what is there differs from what the step says; null where it does not.</summary>
    private string? FaultOf(PlannedStep step, Guid? operation)
    {
        if (step.Rest?.Instance is { } output && step.Action is PlanAction.Sleep or PlanAction.Wake)
            return InstanceFault($"{step.Subject}-{output}", step.Action == PlanAction.Sleep ? "stopped" : "available");
        if (step.Kind == StepKind.Stack)
        {
            var stack = Find(step.Subject);
            if (stack is null || !StackStatus.IsUsable(stack.Status))
                return $"its stack is {stack?.Status ?? "not there"}";
            if (stack.Request.TemplateBody != step.Artifact)
                return "its stack has another template";
            if (step.Inputs.FirstOrDefault(input => input.Value.Value is { } value && stack.Request.Parameters.GetValueOrDefault(input.Key) != value) is { Key: { } parameter })
                return $"its stack has {parameter} {stack.Request.Parameters.GetValueOrDefault(parameter)}";
            return step.RevertsDrift && stack.IsDrifted ? "its stack has drifted" : null;
        }

        var release = _releases.GetValueOrDefault(step.Subject);
        // Asleep, what is missing rests as well; awake, whoever looks at its health says so.
        if (step.Action is PlanAction.Sleep or PlanAction.Wake && release is null or { IsMissing: true })
            return null;
        if (release is null)
            return "its release is not there";
        return step.Action switch
        {
            PlanAction.Restart => release.RestartedBy == operation?.ToString() ? null : "nobody restarted it",
            PlanAction.Sleep => release.Replicas == 0 || release.IsSuspended ? null : "it is awake",
            PlanAction.Wake => release.Replicas == Replicas(step) && !release.IsSuspended ? null : "it is asleep",
            // A helm whose worker was taken for dead may begin once more after its successor's is done, and be stopped with its worker: nothing of
            // what is there changes by it, and the next helm puts the release right.
            _ when operation is null && release.Status == "pending-upgrade" => null,
            _ when release.Status != "deployed" => $"its release is {release.Status}",
            _ when release.Replicas != Replicas(step) || release.IsSuspended => "its release is asleep",
            _ => step.RevertsDrift && (release.IsDrifted || release.IsMissing) ? "its release has drifted" : null,
        };
    }

    private static int Replicas(PlannedStep step) => step.Values?["replicas"]?.GetValue<int>() ?? 1;

    /// <summary>What is called ready is there, all of it, as it was planned, but for what somebody changed by hand.</summary>
    public void CheckReady()
    {
        foreach (var one in Database.Deployed)
        {
            if (!one.IsComplete || one.IsAsleep)
                throw new InvariantException($"The environment is ready, and {one.Step} is {(one.IsAsleep ? "asleep" : "half made")}.");
            if (one.Plan.Kind is StepKind.Stack or StepKind.Release && !_touched.Contains(one.Step) && FaultOf(one.Plan with { Action = PlanAction.Ensure }, null) is { } fault)
                throw new InvariantException($"The environment is ready, and of {one.Step} {fault}.");
        }

        if (_instances.FirstOrDefault(pair => pair.Value != "available" && Owner(pair.Key) is not null) is { Key: { } instance })
            throw new InvariantException($"The environment is ready, and the database {instance} is {_instances[instance]}.");
    }

    public void CheckRepaired()
    {
        if (_touched.Count > 0)
            throw new InvariantException($"The environment is repaired, and {_touched.First()} is as somebody left it.");
    }

    private void CheckSnapshot(SimulatedStack stack)
    {
        if (_instances.FirstOrDefault(pair => pair.Value != "available" && Owner(pair.Key) == stack) is { Key: { } instance })
            throw new InvariantException($"{stack.Id} is deleted while its database is {_instances[instance]}: it leaves no snapshot.");
    }

    /// <summary>What AWS and its controllers do not take away with a stack, at once or ever.</summary>
    private void Leave(SimulatedStack stack)
    {
        var step = stack.Request.Tags[StackTags.Step];
        PutRight(stack);
        foreach (var instance in _instances.Keys.Where(name => name.StartsWith($"{stack.Name}-", StringComparison.Ordinal)).ToList())
            _instances.Remove(instance);
        if (step == StepNames.Cluster)
            HasStrayLogs = dice.Chance(0.5);
        if (dice.Chance(0.1))
            _left[$"{Arn}ec2:us-east-1:000000000000:network-interface/eni-{step}"] = simulator.Now + dice.Between(1, 90);
        if (dice.Chance(0.03))
            _left[$"{Arn}ec2:us-east-1:000000000000:volume/vol-{step}"] = DateTimeOffset.MaxValue;
    }

    /// <summary>AWS's index of tags: what there is, and for a while what there was.</summary>
    public IReadOnlyList<string> Tagged(string tag) => tag != StackTags.EnvironmentId
        ? []
        :
        [
            .. _left.Where(pair => pair.Value > simulator.Now).Select(pair => pair.Key),
            .. _byName.Values.Where(stack => !stack.IsGone).Select(stack => $"{Arn}cloudformation:us-east-1:000000000000:stack/{stack.Name}/1"),
        ];

    public void DeleteStrayLogs()
    {
        if (!HasCluster)
            HasStrayLogs = false;
    }

    /// <summary>Everything that is left after the end is in the report.</summary>
    private void CheckReported()
    {
        if (_left.FirstOrDefault(pair => pair.Value > simulator.Now && !Database.Reported.Contains(pair.Key)) is { Key: { } arn })
            throw new InvariantException($"The environment is destroyed, and nobody says that {arn} is left.");
        if (HasStrayLogs)
            throw new InvariantException("The environment is destroyed, and the log group of its cluster is left.");
    }
}
