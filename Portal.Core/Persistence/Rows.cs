using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Core.Persistence;

/// <summary>An AWS account and region with the role to assume, or another endpoint that speaks the same protocols.</summary>
public sealed class TargetRow
{
    public required string Name { get; init; }
    public required string AccountId { get; set; }
    public required string Region { get; set; }
    public string? RoleArn { get; set; }

    /// <summary>What the role's trust asks for.</summary>
    public string? ExternalId { get; set; }

    /// <summary>Null for AWS's own endpoints.</summary>
    public string? EndpointUrl { get; set; }

    /// <summary>Where a browser reaches the target's APIs, with <c>{api}</c> for an API's id; null for the host names that AWS gives them.</summary>
    public string? FrontDoorUrl { get; set; }

    /// <summary>Who may reach a cluster's public endpoint, comma-separated.</summary>
    public required string ApiAccessCidrs { get; set; }

    /// <summary>Name of the bucket that large templates go through.</summary>
    public string? TemplateBucket { get; set; }

    /// <summary>Name of the queue that tells what CloudFormation does.</summary>
    public string? EventQueue { get; set; }

    /// <summary>How many times faster than AWS the target is; expected durations are divided by it.</summary>
    public double Pace { get; set; } = 1;

    /// <summary>How many calls that only read CloudFormation a worker makes in a second, times the pace; null for as many as it likes.</summary>
    public double? ReadsPerSecond { get; set; }
}

public sealed class EnvironmentRow
{
    public required Guid Id { get; init; }
    public required string Name { get; init; }
    public required string Target { get; init; }
    public required EnvironmentState State { get; init; }
    public required string OwnerId { get; init; }
    public required string OwnerName { get; init; }

    /// <summary>Empty for no team's in particular.</summary>
    public string Team { get; init; } = "";

    /// <summary>Id of the golden path that it began with; empty for none.</summary>
    public string GoldenPath { get; init; } = "";
    public required string Cidr { get; set; }
    public required int SpecificationVersion { get; set; }

    /// <summary>How many the specification names, and what its plan costs a month: what lists sort by. They change with the version.</summary>
    public required int Services { get; set; }
    public required decimal MonthlyCost { get; set; }

    /// <summary>Number of the newest event.</summary>
    public long LastEvent { get; init; }

    /// <summary>Counts every change of what pages show of it, events or not.</summary>
    public long Revision { get; init; }

    /// <summary>When it is to go; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>It has expired, and is destroyed at this time unless somebody keeps it.</summary>
    public DateTimeOffset? DestroyedAfter { get; init; }

    /// <summary>Only those who operate the portal lift it.</summary>
    public bool Protected { get; init; }

    /// <summary>JSON of <see cref="Operations.Timetable"/>; null for always awake.</summary>
    public string? Timetable { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ChangedAt { get; set; }

    /// <summary>What is observed of it; the observer of its target writes it.</summary>
    public Health Health { get; init; }
    public DateTimeOffset? HealthSince { get; init; }

    /// <summary>JSON of <see cref="HealthReason"/>s.</summary>
    public string HealthReasons { get; init; } = "[]";
}

/// <summary>The newest comparison of an environment with its plan.</summary>
public sealed class DriftCheckRow
{
    public required Guid EnvironmentId { get; init; }
    public required DateTimeOffset AskedAt { get; init; }
    public required string AskedBy { get; init; }

    /// <summary>When one last ended; earlier than <see cref="AskedAt"/> while another is under way.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>What could not be checked, and why.</summary>
    public string? Trouble { get; init; }
}

/// <summary>A property that is not as it was planned.</summary>
public sealed class DriftRow
{
    public required Guid EnvironmentId { get; init; }
    public required string Step { get; init; }
    public required string Resource { get; init; }
    public required string Property { get; init; }
}

/// <summary>A resource whose drift somebody has looked at and left as it is for a while.</summary>
public sealed class DriftIgnoreRow
{
    public required Guid EnvironmentId { get; init; }
    public required string Step { get; init; }
    public required string Resource { get; init; }
    public required DateTimeOffset Until { get; init; }
}

/// <summary>Since when an environment is not seen, and why; no row for one that is.</summary>
public sealed class UnseenRow
{
    public required Guid EnvironmentId { get; init; }
    public DateTimeOffset? Since { get; init; }
    public required string Reason { get; init; }

    /// <summary>Else only what is in its cluster is not seen.</summary>
    public required bool Whole { get; init; }
}

/// <summary>What was asked for while another operation was under way.</summary>
public sealed class WaitingOperationRow
{
    public required Guid Id { get; init; }
    public long Number { get; init; }
    public required Guid EnvironmentId { get; init; }
    public required OperationKind Kind { get; init; }
    public required string Sentence { get; init; }
    public required DateTimeOffset AskedAt { get; init; }
}

/// <summary>Never changed, never deleted: a trigger sees to it.</summary>
public sealed class SpecificationRow
{
    public required Guid EnvironmentId { get; init; }
    public required int Version { get; init; }

    /// <summary>JSON of <see cref="Specifications.Specification"/>.</summary>
    public required string Document { get; init; }

    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

public sealed class RequestRow
{
    public required Guid Id { get; init; }

    /// <summary>What people say: "request 17".</summary>
    public long Number { get; init; }

    public required RequestKind Kind { get; init; }
    public required Guid EnvironmentId { get; init; }
    public required int SpecificationVersion { get; init; }
    public required RequestState State { get; init; }
    public required string RequestedById { get; init; }
    public required string RequestedByName { get; init; }
    public required DateTimeOffset SubmittedAt { get; init; }

    /// <summary>JSON of <see cref="Provisioning.Plan"/>.</summary>
    public required string Plan { get; init; }

    public required string PlanHash { get; init; }

    /// <summary>JSON of <see cref="Approvals.RequestFacts"/>; null for what was asked for before there were rules.</summary>
    public string? Facts { get; init; }

    /// <summary>When what is asked for became what it is; null for since it was asked.</summary>
    public DateTimeOffset? RevisedAt { get; init; }

    public DateTimeOffset? DecidedAt { get; set; }
    public List<ApprovalRow> Approvals { get; init; } = [];
}

/// <summary>A verdict on a request.</summary>
public sealed class ApprovalRow
{
    public required Guid Id { get; init; }

    /// <summary>The order they were given in.</summary>
    public long Number { get; init; }

    public required Guid RequestId { get; init; }
    public required string ById { get; init; }
    public required string ByName { get; init; }

    /// <summary>In whose place; null for one's own word.</summary>
    public string? ForName { get; init; }

    public string? Comment { get; init; }
}

public sealed class OperationRow
{
    /// <summary>What was said at its beginning that it would take, seconds; null where nothing was.</summary>
    public double? ExpectedLow { get; init; }
    public double? ExpectedHigh { get; init; }

    public required Guid Id { get; init; }
    public required Guid EnvironmentId { get; init; }
    public Guid? RequestId { get; init; }
    public required OperationKind Kind { get; init; }
    public required OperationState State { get; init; }

    /// <summary>The fence: a runner's writes carry the epoch it started with.</summary>
    public long Epoch { get; init; }

    public required string Plan { get; init; }
    public required string PlanHash { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>JSON of <see cref="Provisioning.Failure"/>.</summary>
    public string? Failure { get; init; }
}

public sealed class StepRow
{
    public required Guid OperationId { get; init; }
    public required string Name { get; init; }

    /// <summary>Place in the plan.</summary>
    public required int Ordinal { get; init; }

    public required StepKind Kind { get; init; }
    public PlanAction Action { get; init; }
    public required string Title { get; init; }
    public string? Service { get; init; }
    public required StepState State { get; init; }

    /// <summary>From 1; 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>Seconds on AWS.</summary>
    public double ExpectedSeconds { get; init; }

    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>JSON object of strings.</summary>
    public string? Outputs { get; init; }

    /// <summary>JSON of <see cref="Provisioning.Failure"/>.</summary>
    public string? Failure { get; init; }

    /// <summary>JSON of <see cref="StepWaiting"/>, while it waits for somebody who does not answer.</summary>
    public string? Waiting { get; init; }
}

/// <summary>What exists of a step, or may exist: <see cref="Operations.Deployments"/> writes it.</summary>
public sealed class DeploymentRow
{
    public required Guid EnvironmentId { get; init; }
    public required string Step { get; init; }

    /// <summary>JSON of <see cref="PlannedStep"/>.</summary>
    public required string Plan { get; init; }

    /// <summary>JSON object of strings.</summary>
    public required string Outputs { get; init; }

    public required bool Complete { get; init; }
    public bool Asleep { get; init; }
    public required Guid OperationId { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ChangedAt { get; init; }
}

/// <summary>What a destroyed environment left in the account.</summary>
public sealed class ResidueRow
{
    public required Guid EnvironmentId { get; init; }
    public required string Kind { get; init; }
    public required string Id { get; init; }
    public required string Title { get; init; }
    public required bool Kept { get; init; }
    public required string Reason { get; init; }
    public required string Advice { get; init; }
    public required DateTimeOffset SeenAt { get; init; }
}

/// <summary>Something a step made: a resource of a stack, an object in the cluster, a load balancer's rule.</summary>
public sealed class ResourceRow
{
    public required Guid EnvironmentId { get; init; }
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

/// <summary>One thing that happened. Append-only; numbered without gaps within its environment, in commit order.</summary>
public sealed class EventRow
{
    public required Guid EnvironmentId { get; init; }
    public required long Number { get; init; }
    public required DateTimeOffset At { get; init; }
    public Guid? OperationId { get; init; }
    public string? Step { get; init; }

    /// <summary>For example <c>step.started</c> or <c>resource.changed</c>.</summary>
    public required string Kind { get; init; }

    public required EventSeverity Severity { get; init; }
    public required string Message { get; init; }

    /// <summary>Who did it: subject, name as it was then, and what kind of actor that is.</summary>
    public required string ActorId { get; init; }
    public required string ActorName { get; init; }
    public required ActorKind ActorKind { get; init; }
}

/// <summary>What was last seen of a stack or load balancer in a target; steps wait on these.</summary>
public sealed class ObservationRow
{
    public required string Target { get; init; }

    /// <summary><c>stack</c> or <c>load-balancer</c>.</summary>
    public required string Kind { get; init; }

    public required string Name { get; init; }
    public required string ExternalId { get; init; }
    public required string State { get; init; }
    public string? Reason { get; init; }

    /// <summary>JSON object of strings: outputs of a stack, attributes of a load balancer.</summary>
    public required string Data { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }
}

/// <summary>A template body or chart archive, by its SHA-256.</summary>
public sealed class ArtifactRow
{
    public required string Digest { get; init; }
    public required string Name { get; init; }
    public required byte[] Body { get; init; }
}
