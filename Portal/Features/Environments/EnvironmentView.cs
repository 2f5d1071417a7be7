using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Topology;

namespace Portal.Features.Environments;

/// <summary>A step that runs, with what is left of it.</summary>
/// <param name="Left">"1 – 2 min"; says so where it takes longer than expected.</param>
/// <param name="Overdue">How long it takes beyond the high end of what is expected of it; null within it.</param>
public sealed record RunningStep(StepInfo Step, double Fraction, string Left, TimeSpan? Overdue = null);

/// <summary>A step that failed, and why.</summary>
public sealed record FailedStep(StepInfo Step, Failure Failure);

/// <summary>Where a service is reached from outside.</summary>
public sealed record Door(string Service, string Address);

/// <param name="Name">Of the CNAME, or of the alias in Route 53.</param>
/// <param name="Target">Where it leads.</param>
/// <param name="Zone">Id of the hosted zone that the record is made in; empty where its owner sets it.</param>
public sealed record DomainRecord(string Name, string Target, string Zone);

/// <summary>What the page says of a snapshot at one moment. Pure: the same for the same snapshot and moment.</summary>
public sealed class EnvironmentView
{
    private static readonly TimeSpan LongEnoughToSay = TimeSpan.FromSeconds(10);

    private readonly Times _times;

    /// <param name="times">How its sentences tell times.</param>
    /// <param name="isReplay">Whether it shows how things stood once: then there is nothing to be done about it.</param>
    public EnvironmentView(EnvironmentSnapshot snapshot, TopologyBuilder topologies, Times times, DateTimeOffset now, bool isReplay = false)
    {
        _times = times;
        IsReplay = isReplay;
        Snapshot = snapshot;
        Now = now;
        Progress = snapshot.ProgressAt(now);
        Topology = topologies.Build(snapshot, now);
        Running = [.. snapshot.Steps.Where(step => step.State == StepState.Running).Select(step => Left(step, Progress.Steps[step.Name]))];
        // What failed first is most likely why the others did.
        Failed = [.. snapshot.Steps.Where(step => step.State == StepState.Failed).OrderBy(step => step.FinishedAt).Select(step => new FailedStep(step, step.Failure ?? new Failure("unknown", "It failed without saying why.")))];
        Pending = [.. snapshot.Steps.Where(step => step.State == StepState.Pending)];
    }

    public EnvironmentSnapshot Snapshot { get; }

    /// <summary>Whether it shows how things stood once.</summary>
    public bool IsReplay { get; }

    public DateTimeOffset Now { get; }

    public Progress Progress { get; }

    public EnvironmentTopology Topology { get; }

    public IReadOnlyList<RunningStep> Running { get; }

    public IReadOnlyList<FailedStep> Failed { get; }

    public IReadOnlyList<StepInfo> Pending { get; }

    /// <summary>Who has kept a step waiting for longest.</summary>
    public StepWaiting? Waiting => Running.Select(running => running.Step.Waiting).OfType<StepWaiting>().MinBy(waiting => waiting.Since);

    /// <summary>The step that is overdue by most, and by more than a measure's own noise.</summary>
    public RunningStep? Overdue => Running.Where(running => running.Overdue > LongEnoughToSay).MaxBy(running => running.Overdue);

    public int Done => Snapshot.Steps.Count(step => step.State == StepState.Succeeded);

    public bool Runs => Snapshot.Environment.State.IsMoving();

    public double? Fraction => Runs ? Progress.Fraction : null;

    /// <summary>How its state looks: what is Ready is only so while it is observed to be.</summary>
    public Tone Tone => Tone.Of(Snapshot.Environment.State, Snapshot.Environment.IsDegraded, Snapshot.Unseen is not null, _times.NotSeen(Snapshot.Unseen?.Since, Now));

    /// <summary>After the state's word: "ready in 5 – 7 min".</summary>
    public string? Sentence => Snapshot.Environment.State switch
    {
        EnvironmentState.Requested => $"{Snapshot.Request.RequestedByName} asked; it waits for approval",
        _ when Runs && Snapshot.Operation is { State: OperationState.Cancelling } =>
            "is being cancelled; what runs comes to its end first",
        _ when Runs && Snapshot.Operation is not { State: OperationState.Running } =>
            "approved; a worker takes it up",
        _ when Runs && Waiting is { } waiting => $"{waiting.Sentence} since {_times.At(waiting.Since, Now)}; it goes on by itself",
        _ when Runs && Failed.Count > 0 =>
            $"failed at {Failed[0].Step.Title}; what does not depend on it goes on",
        _ when Runs && Overdue is { } overdue => $"{overdue.Step.Title} is {overdue.Left}; wait for it or cancel",
        EnvironmentState.Destroying => Progress is { RemainingLow: { } low, RemainingHigh: { } high } ? $"gone in {Text.Range(low, high)}" : null,
        EnvironmentState.Cancelled when Snapshot.Operation is { Kind: OperationKind.Undo } =>
            Snapshot.Deployed.Count == 0 ? "what failed is rolled back; nothing of it exists" : $"what failed is rolled back; {Words(Snapshot.Deployed.Count)} of it exist: change it or destroy it",
        EnvironmentState.Cancelled => Snapshot.Deployed.Count == 0 ? "nothing of it exists" : $"{Words(Snapshot.Deployed.Count)} of it exist; go on, change it or destroy it",
        EnvironmentState.Asleep => Savings is { } saved ? $"its nodes and databases rest; that saves {Text.Money(saved)} a month" : "its nodes and databases rest",
        EnvironmentState.Destroyed => "its name and network are free",
        EnvironmentState.Changing when Snapshot.Operation is { Kind: OperationKind.Sleep } => Progress is { RemainingLow: { } low, RemainingHigh: { } high } ? $"asleep in {Text.Range(low, high)}" : null,
        EnvironmentState.Provisioning or EnvironmentState.Changing => Progress is { RemainingLow: { } low, RemainingHigh: { } high } ? $"ready in {Text.Range(low, high)}" : null,
        EnvironmentState.Ready when Snapshot.Unseen is { } unseen => unseen.Reason.TrimEnd('.'),
        EnvironmentState.Ready when Snapshot.Environment is { IsDegraded: true, HealthReasons.Count: var count } => count == 1 ? "one thing is not as it should be" : $"{count} things are not as they should be",
        EnvironmentState.Ready when Snapshot.Operation is { StartedAt: { } start, FinishedAt: { } end } => $"took {Text.Duration(end - start)}",
        EnvironmentState.Failed when Failed.Count > 0 => $"at {Failed[0].Step.Title}: {Failed[0].Failure.RootCause ?? Failed[0].Failure.Message}",
        EnvironmentState.Rejected when Snapshot.Request.State == RequestState.Withdrawn => $"{Snapshot.Request.DecidedByName} withdrew the request",
        EnvironmentState.Rejected when Snapshot.Request.State == RequestState.Expired => "the request expired: nobody decided on it in time",
        EnvironmentState.Rejected => Snapshot.Request.Comment is { } comment ? $"by {Snapshot.Request.DecidedByName}: {comment}" : $"by {Snapshot.Request.DecidedByName}",
        _ => null,
    };

    /// <summary>Where requests go in, as a browser reaches it; null until the routes stand.</summary>
    public string? ApiUrl => Output(StepNames.EdgeRoutes, "ApiUrl") is { } url
        ? FrontDoor.Address(url, Output(StepNames.EdgeBase, "RestApiId"), Snapshot.Target.FrontDoorUrl)
        : null;

    /// <summary>Why nothing can be sent to it, and what to do; null where something can.</summary>
    public string? WhyNotAsked => FrontDoor.WhyNot(Snapshot.Environment.State, ApiUrl is not null, Snapshot.Deployed.Any(step => step.IsAsleep));

    /// <summary>What the owner of the API's own domain has to set in DNS; null without a domain, and until AWS has said where it leads.</summary>
    public DomainRecord? Domain => Snapshot.Specification.Edge.DomainName is { Length: > 0 } name && Output(StepNames.EdgeBase, "DomainTarget") is { } target ? new DomainRecord(name, target, Snapshot.Specification.Edge.HostedZoneId) : null;

    private string? Output(string step, string name) => Snapshot.Deployed.FirstOrDefault(one => one.Name == step)?.Outputs.GetValueOrDefault(name);

    /// <summary>Of each service that stands, once the routes do, and while nothing of it sleeps.</summary>
    public IReadOnlyList<Door> Doors => ApiUrl is { } url && !Snapshot.Deployed.Any(step => step.IsAsleep)
        ? [.. Snapshot.Specification.Services
            .Where(service => service.IsPublic && Snapshot.Deployed.Any(step => step.Name == StepNames.Service(service.Name) && step.IsComplete))
            .Select(service => new Door(service.Name, url + service.Path))]
        : [];

    public TopologyNode? Node(string? id) => id is null ? null : Topology.Everything.FirstOrDefault(node => node.Id == id);

    /// <summary>Whether the newest operation stands still and may be gone on with.</summary>
    public bool MayGoOn => !IsReplay && Snapshot.Operation is { State: OperationState.Failed or OperationState.Cancelled };

    /// <summary>Whether something went wrong, or was stopped, that a person has to decide about.</summary>
    public bool StandsStill => Snapshot is { Operation.State: OperationState.Failed or OperationState.Cancelled, Environment.State: EnvironmentState.Failed or EnvironmentState.Cancelled };

    /// <summary>Steps whose stack stands half-way back because some of its resources cannot go back.</summary>
    public IEnumerable<FailedStep> Stuck => MayGoOn ? Failed.Where(failed => failed.Failure is { Code: Failure.HalfBack, Resources.Count: > 0 }) : [];

    /// <summary>Whether the newest operation left something half done that can be undone.</summary>
    public bool MayUndo => MayGoOn && UndoPlan.IsPossible(Snapshot.Operation!.Kind) && Snapshot.Steps.Any(step =>
        step.State is StepState.Failed or StepState.Cancelled or StepState.Skipped
        && UndoPlan.MayBeUndone(Snapshot.Plan.Step(step.Name))
        && Snapshot.Deployed.Any(deployed => deployed.Name == step.Name && !deployed.IsComplete));

    /// <summary>Whether what stands still is as it was asked for, but for what is broken of it.</summary>
    public bool MayRepair => !IsReplay && StandsStill && Transitions.IsAsSpecified(
        Snapshot.Environment.State, Snapshot.Operation!.Kind, Snapshot.Steps.All(step => step.State == StepState.Succeeded || Snapshot.Plan.Step(step.Name).Action == PlanAction.Probe));

    public bool MayCancel => !IsReplay && Snapshot.Operation is { State: OperationState.Queued or OperationState.Running };

    /// <summary>Who can do something about it.</summary>
    public string Helpers => Snapshot.Environment.Team is { Length: > 0 } team ? $"Somebody of the team {team}, or of {Policies.InWords(Permission.Operate)}," : $"Somebody with the role {Roles.Engineer}";

    /// <summary>US dollars that a month asleep costs less; null where nothing of it rests, or nothing is known.</summary>
    public decimal? Savings => Snapshot.Plan.Cost is { Asleep: { } asleep, Monthly: var awake } && awake > asleep ? awake - asleep : null;

    // What is under way is waited for, but nothing goes to sleep before it was ever awake.
    public bool MaySleep => !IsReplay && ((Snapshot.Becomes == EnvironmentState.Ready && Snapshot.Environment.State != EnvironmentState.Provisioning) || IsBetweenSleepAndWake);

    public bool MayWake => !IsReplay && (Snapshot.Becomes == EnvironmentState.Asleep || IsBetweenSleepAndWake);

    /// <summary>Whether a small operation may be asked for: now, or after what is under way.</summary>
    public bool MayOperate => !IsReplay && Snapshot.Becomes == EnvironmentState.Ready;

    /// <summary>What a question adds where the operation would wait for its turn; null where it begins at once.</summary>
    public string? WaitsInLine => Runs ? "It waits until what is under way has ended." : null;

    /// <summary>Whether its end may be asked for.</summary>
    public bool MayDestroy => MayChange || (!IsReplay && Snapshot.Environment.State == EnvironmentState.Asleep);

    private bool IsBetweenSleepAndWake =>
        Snapshot is { Environment.State: EnvironmentState.Failed or EnvironmentState.Cancelled, Operation.Kind: OperationKind.Sleep or OperationKind.Wake };

    /// <summary>Whether a change may be asked for.</summary>
    public bool MayChange => !IsReplay && Snapshot.Environment.State is EnvironmentState.Ready or EnvironmentState.Failed or EnvironmentState.Cancelled;

    private static string Words(int steps) => steps == 1 ? "1 step" : $"{steps} steps";

    private RunningStep Left(StepInfo step, double fraction)
    {
        var expected = Snapshot.Plan.Step(step.Name).Expected / Snapshot.Target.Pace;
        var gone = step.StartedAt is { } start ? (Now - start).TotalSeconds : 0;
        if (step.Waiting is { } waiting)
            return new RunningStep(step, fraction, $"{waiting.Sentence} since {_times.At(waiting.Since, Now)}");
        if (gone > expected.High)
        {
            var overdue = TimeSpan.FromSeconds(gone - expected.High);
            return new RunningStep(step, fraction, $"overdue by {Text.Duration(overdue)}", overdue);
        }

        return new RunningStep(step, fraction,
            Text.Range(TimeSpan.FromSeconds(Math.Max(0, (expected.Low + expected.Typical) / 2 - gone)), TimeSpan.FromSeconds(Math.Max(0, (expected.High + expected.Typical) / 2 - gone))));
    }
}
