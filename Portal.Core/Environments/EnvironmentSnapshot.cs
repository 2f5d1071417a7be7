using Portal.Core.Accounts;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Teams;

namespace Portal.Core.Environments;

/// <summary>All that a page shows of one environment at one moment. Immutable, so that every circuit may share it.</summary>
public sealed record EnvironmentSnapshot
{
    public required EnvironmentInfo Environment { get; init; }

    public required TargetInfo Target { get; init; }

    public required Specification Specification { get; init; }

    /// <summary>Of the specification.</summary>
    public int Version { get; init; }

    /// <summary>The newest one.</summary>
    public required RequestInfo Request { get; init; }

    public required Plan Plan { get; init; }

    /// <summary>The newest operation; null before an approval.</summary>
    public OperationInfo? Operation { get; init; }

    /// <summary>What waits until that has ended, in the order of its turn; at most ten.</summary>
    public IReadOnlyList<WaitingOperation> Line { get; init; } = [];

    /// <summary>What it is when what is under way and in line has succeeded.</summary>
    public EnvironmentState Becomes => Transitions.Becomes(
        Environment.State, Operation is { } operation ? (operation.Kind, operation.State) : null, Line.Count > 0 ? Line[^1].Kind : null);

    /// <summary>In plan order; empty before an approval.</summary>
    public IReadOnlyList<StepInfo> Steps { get; init; } = [];

    /// <summary>What exists, or may exist.</summary>
    public IReadOnlyList<DeployedStep> Deployed { get; init; } = [];

    /// <summary>
    /// Where every step stands that the environment consists of: those of the newest operation, and what it does not touch as it was left.
    /// </summary>
    public IReadOnlyList<StepInfo> Standing =>
    [
        .. Steps,
        .. Deployed.Where(deployed => !Steps.Any(step => step.Name == deployed.Name)).Select(deployed => new StepInfo
        {
            Name = deployed.Name,
            Ordinal = int.MaxValue,
            Title = deployed.Title,
            State = deployed.IsComplete ? StepState.Succeeded : StepState.Failed,
            Attempt = 1,
            ExpectedSeconds = 0,
            FinishedAt = deployed.ChangedAt,
            Outputs = deployed.Outputs,
        }),
    ];

    public IReadOnlyList<ResourceInfo> Resources { get; init; } = [];

    /// <summary>Null before the first check.</summary>
    public DriftSummary? Drift { get; init; }

    /// <summary>Null while it is observed.</summary>
    public Unseen? Unseen { get; init; }

    /// <summary>What it left in the account when it was destroyed, what should be gone first; at most <see cref="EnvironmentQueries.MostResidues"/>.</summary>
    public IReadOnlyList<ResidueInfo> Residues { get; init; } = [];

    /// <summary>The newest, newest first; the rest is paged.</summary>
    public IReadOnlyList<EventInfo> Events { get; init; } = [];

    /// <summary>How far and how long yet, as of <paramref name="now"/>.</summary>
    public Progress ProgressAt(DateTimeOffset now) => Progress.Of(Plan, Steps, Target.Pace, now);
}

/// <summary>An operation that waits for its turn.</summary>
/// <param name="Sentence">Who asked for what.</param>
public sealed record WaitingOperation(Guid Id, OperationKind Kind, string Sentence, DateTimeOffset AskedAt);

public sealed record EnvironmentInfo
{
    public required Guid Id { get; init; }
    public required string Name { get; init; }
    public required EnvironmentState State { get; init; }
    public required string OwnerId { get; init; }
    public required string OwnerName { get; init; }

    /// <summary>Whose it is; empty for no team's in particular.</summary>
    public string Team { get; init; } = "";

    /// <summary>Id of the golden path that it began with; empty for none.</summary>
    public string GoldenPath { get; init; } = "";
    public required string Cidr { get; init; }

    public Ownership Ownership => new(Name, Team);

    /// <summary>How it is cared for: its end, its timetable, its protection.</summary>
    public CareSettings Care { get; init; } = new(null, null, IsProtected: false);

    /// <summary>It has expired, and is destroyed at this time unless somebody keeps it; null otherwise.</summary>
    public DateTimeOffset? DestroyedAfter { get; init; }

    /// <summary>Number of the newest event.</summary>
    public required long LastEvent { get; init; }

    /// <summary>Counts every change of what is shown of it, events or not: whoever has seen one has seen all that came before.</summary>
    public required long Revision { get; init; }

    /// <summary>What is observed of it. Means something while it is Ready: an operation that is under way, or failed, says more.</summary>
    public Health Health { get; init; }

    public DateTimeOffset? HealthSince { get; init; }

    /// <summary>Why it is degraded, causes first; empty for what is healthy.</summary>
    public IReadOnlyList<HealthReason> HealthReasons { get; init; } = [];

    public bool IsDegraded => State == EnvironmentState.Ready && Health == Health.Degraded;
}

/// <param name="Pace">How many times faster than AWS it is.</param>
/// <param name="FrontDoorUrl">See <see cref="FrontDoor"/>.</param>
public sealed record TargetInfo(string Name, string AccountId, string Region, double Pace, string? FrontDoorUrl)
{
    /// <summary>How many rules a load balancer has there at most: by the account's quota where that is known, else by AWS's standard.</summary>
    public int MostRules { get; init; } = AccountQuotas.Rules.Standard;
}

public sealed record RequestInfo
{
    public required Guid Id { get; init; }

    /// <summary>What people say: "request 17".</summary>
    public required long Number { get; init; }

    public RequestKind Kind { get; init; }
    public required int SpecificationVersion { get; init; }
    public required RequestState State { get; init; }
    public required string RequestedById { get; init; }
    public required string RequestedByName { get; init; }
    public required DateTimeOffset SubmittedAt { get; init; }
    public required string PlanHash { get; init; }

    /// <summary>Who spoke last, or took it back; null while it waits.</summary>
    public string? DecidedByName { get; init; }
    public DateTimeOffset? DecidedAt { get; init; }
    public string? Comment { get; init; }
}

/// <summary>The newest operation of an environment.</summary>
public sealed record OperationInfo(Guid Id, OperationKind Kind, OperationState State, string PlanHash, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt)
{
    /// <summary>What was said at its beginning that it would take, seconds; null where nothing was.</summary>
    public double? ExpectedLow { get; init; }

    /// <inheritdoc cref="ExpectedLow"/>
    public double? ExpectedHigh { get; init; }
}

/// <summary>What exists of a step, whichever operation made it.</summary>
/// <param name="IsComplete">Whether it is as it was planned; else it is half made, half changed or half gone.</param>
public sealed record DeployedStep(string Name, string Title, bool IsComplete, IReadOnlyDictionary<string, string> Outputs, DateTimeOffset ChangedAt)
{
    /// <summary>Whether it rests, or may.</summary>
    public bool IsAsleep { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A step of the newest operation, or one that an earlier operation left as it is.</summary>
public sealed record StepInfo
{
    public required string Name { get; init; }

    public PlanAction Action { get; init; } = PlanAction.Ensure;

    /// <summary>Place in the plan.</summary>
    public required int Ordinal { get; init; }

    public required string Title { get; init; }
    public required StepState State { get; init; }

    /// <summary>From 1; 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>Seconds on AWS.</summary>
    public required double ExpectedSeconds { get; init; }

    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Empty until it succeeds.</summary>
    public IReadOnlyDictionary<string, string> Outputs { get; init; } = new Dictionary<string, string>();

    /// <summary>Null where it did not fail.</summary>
    public Failure? Failure { get; init; }

    /// <summary>Null where nobody keeps it waiting.</summary>
    public StepWaiting? Waiting { get; init; }
}

/// <summary>Something a step made: a resource of a stack, an object in the cluster, a load balancer's rule.</summary>
public sealed record ResourceInfo
{
    public required string Step { get; init; }

    /// <summary>CloudFormation's type name, or <c>Kubernetes::Pod</c>, <c>Kubernetes::Deployment</c>, …</summary>
    public required string Type { get; init; }

    /// <summary>Logical id in a stack, <c>namespace/name</c> in a cluster.</summary>
    public required string Name { get; init; }

    public string? PhysicalId { get; init; }

    /// <summary>The source's own word, for example CREATE_COMPLETE or Running.</summary>
    public required string State { get; init; }

    /// <summary>Whether it can do its work.</summary>
    public required bool Ready { get; init; }

    public string? Reason { get; init; }
    public required DateTimeOffset ChangedAt { get; init; }
}

/// <summary>Something that is left in the account of a destroyed environment.</summary>
/// <param name="IsKept">On purpose.</param>
public sealed record ResidueInfo(string Kind, string Id, string Title, bool IsKept, string Reason, string Advice, DateTimeOffset SeenAt);

/// <summary>One thing that happened.</summary>
/// <param name="Number">Without gaps in its environment, in commit order.</param>
/// <param name="Step">Null for what belongs to no step.</param>
/// <param name="Kind">For example <c>step.started</c> or <c>resource.changed</c>.</param>
/// <param name="By">Who did it, by the name of then; roles and teams are not kept.</param>
public sealed record EventInfo(long Number, DateTimeOffset At, string? Step, string Kind, EventSeverity Severity, string Message, Actor By);
