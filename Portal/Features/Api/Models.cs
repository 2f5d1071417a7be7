using System.Text.Json;
using System.Text.Json.Serialization;
using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Audit;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Rehearsals;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Topology;

namespace Portal.Features.Api;

/// <summary>Some of a list.</summary>
/// <param name="Next">For the next piece, as <c>cursor</c>; null where this is the last.</param>
public sealed record Piece<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Who the token acts for, and what it may.</summary>
/// <param name="Name">Of the person or the team.</param>
/// <param name="Roles">As they are now.</param>
public sealed record Me(string Name, string? Token, IReadOnlyList<TokenScope> Scopes, IReadOnlyList<string> Roles, IReadOnlyList<string> Teams);

/// <summary>Where environments may live.</summary>
/// <param name="FreeCidr">A block of addresses that no environment there has.</param>
public sealed record Target(string Name, string AccountId, string Region, string FreeCidr);

/// <summary>What can be asked for.</summary>
public sealed record Catalogue(
    IReadOnlyList<CatalogueClass> Classes, IReadOnlyList<CatalogueSize> ClusterSizes, IReadOnlyList<string> KubernetesVersions, IReadOnlyList<CatalogueStore> Stores);

public sealed record CatalogueClass(string Id, string Title, string Description);

/// <param name="Nodes">How many to begin with.</param>
public sealed record CatalogueSize(string Id, string Title, string InstanceType, int Nodes);

/// <param name="Settings">Variables that a service is given.</param>
public sealed record CatalogueStore(string Id, string Title, string Description, IReadOnlyList<CatalogueOption> Options, IReadOnlyList<string> Settings);

/// <param name="Choices">Empty for a number.</param>
/// <param name="Range">What a number may be; null for a choice.</param>
public sealed record CatalogueOption(string Parameter, string Title, IReadOnlyList<string> Choices, string? Range);

/// <summary>What carrying it out would do.</summary>
/// <param name="Hash">What gets approved.</param>
/// <param name="Sentences">Of a change or a destruction: what it does to what is there, worst first.</param>
/// <param name="LosesData">Null for a plan that is filed already: its sentences say it.</param>
/// <param name="Approval">Who would have to agree; null for a plan that is filed already.</param>
public sealed record PlanAnswer(string Hash, string Target, string Region, PlannedCost Cost, Seconds Expected, IReadOnlyList<string> Sentences, bool? LosesData, IReadOnlyList<PlanStep> Steps, Needs? Approval);

/// <summary>Dollars a month, by list prices.</summary>
public sealed record PlannedCost(decimal Monthly, decimal? Asleep, decimal? Least, decimal? Most, IReadOnlyList<CostLine> Lines);

/// <summary>At the target's pace.</summary>
public sealed record Seconds(double Low, double Typical, double High);

public sealed record PlanStep(string Name, StepKind Kind, PlanAction Action, string Title, string? Service, IReadOnlyList<string> DependsOn);

/// <param name="Automatic">The rule by which nobody has to agree; null where somebody has.</param>
public sealed record Needs(string? Automatic, IReadOnlyList<NeedsStage> Stages);

/// <param name="Because">Titles of the rules that ask for it.</param>
public sealed record NeedsStage(string Group, int Needed, IReadOnlyList<string> Because);

/// <summary>What was filed.</summary>
/// <param name="IsApproved">Whether a rule asked for nobody, so that it is being carried out already.</param>
public sealed record Filed(long Number, string Environment, bool IsApproved);

/// <summary>Who has to agree, and why.</summary>
/// <param name="Automatic">The rule by which nobody has to agree; null where somebody has.</param>
/// <param name="Rules">All there are.</param>
public sealed record NeedsAnswer(string? Automatic, IReadOnlyList<NeedsStage> Stages, IReadOnlyList<RuleAnswer> Rules);

/// <param name="Fits">Whether all of its conditions hold.</param>
public sealed record RuleAnswer(string Id, string Title, bool Fits, IReadOnlyList<RuleCondition> Conditions);

public sealed record RuleCondition(string Says, bool Holds);

/// <summary>What a person was told in the portal.</summary>
/// <param name="Number">Rises, with gaps.</param>
/// <param name="Path">Of the page that it is about, within the portal.</param>
public sealed record NoticeAnswer(long Number, EventSeverity Severity, string Title, string Text, string Path, DateTimeOffset At, bool IsRead);

/// <param name="Number">Of the notice.</param>
/// <param name="AndBefore">Whether all that came before it are meant too.</param>
public sealed record ReadBody(long Number, bool AndBefore = false);

/// <param name="Notices">How many had not been read.</param>
public sealed record MarkedRead(int Notices);

/// <param name="Name">Empty for what is no team's.</param>
/// <param name="Monthly">Dollars a month, by list prices.</param>
public sealed record TeamAnswer(string Name, int Environments, decimal Monthly, IReadOnlyList<TeamLimitAnswer> Limits);

/// <summary>How much of a limit is used.</summary>
/// <param name="Environments">At most so many; null for any number.</param>
/// <param name="Monthly">At most so many dollars a month; null for any amount.</param>
/// <param name="RaisedUntil">Null where the limit is that of teams.yaml.</param>
public sealed record TeamLimitAnswer(string Title, int UsedEnvironments, int? Environments, decimal UsedMonthly, decimal? Monthly, DateTimeOffset? RaisedUntil);

public sealed record RequestLine(
    long Number, RequestKind Kind, RequestState State, string Environment, string Target, string RequestedBy, DateTimeOffset SubmittedAt, decimal MonthlyCost, string? DecidedBy,
    DateTimeOffset? DecidedAt, string? Comment, string? Waits);

/// <summary>A request with all that is needed to decide it.</summary>
/// <param name="PlanHash">What an approval is of; also the entity tag.</param>
/// <param name="Waits">Who has to agree yet; null for what is decided.</param>
/// <param name="ExpiresAt">When it ends by itself if nobody decides; null for what is decided.</param>
/// <param name="Proposal">What waits for the requester; null where nothing does.</param>
public sealed record RequestAnswer(
    long Number, RequestKind Kind, RequestState State, string Environment, string Target, int SpecificationVersion, string RequestedBy, DateTimeOffset SubmittedAt, string PlanHash,
    string? DecidedBy, DateTimeOffset? DecidedAt, string? Comment, string? Waits, DateTimeOffset? ExpiresAt, int OpenQuestions, IReadOnlyList<VerdictAnswer> Verdicts, PlanAnswer Plan,
    ProposalAnswer? Proposal, IReadOnlyList<PastProposal> PastProposals);

/// <summary>What an approver proposes in place of what is asked for, and the requester has not answered yet.</summary>
/// <param name="Number">What is accepted or declined.</param>
/// <param name="Changes">Every field that differs from what is asked for.</param>
/// <param name="Plan">As it was when it was proposed; it is made anew when it is accepted.</param>
public sealed record ProposalAnswer(long Number, string By, string Reason, DateTimeOffset At, IReadOnlyList<ChangedField> Changes, PlanAnswer Plan);

/// <param name="Before">As it is asked for; null where that does not say it.</param>
/// <param name="After">As it is proposed; null where that does not say it.</param>
public sealed record ChangedField(string Field, string? Before, string? After);

/// <param name="Comment">Why it was declined.</param>
public sealed record PastProposal(long Number, string By, string Reason, DateTimeOffset At, ProposalOutcome Outcome, DateTimeOffset EndedAt, string? EndedBy, string? Comment);

/// <param name="Number">Of the proposal.</param>
public sealed record Proposed(long Number);

public sealed record VerdictAnswer(string By, string? Group, bool Approves, string? Comment, DateTimeOffset At);

/// <summary>A rehearsal of a request's plan.</summary>
/// <param name="IsOfPresentPlan">Whether the request's plan is still the one that was rehearsed.</param>
/// <param name="Trouble">Why it has no result; null for one that has, or may yet.</param>
/// <param name="Progress">0 to 1; null while it does not run.</param>
/// <param name="Seconds">What carrying it out would take on AWS; null where it did not come to that.</param>
/// <param name="Resources">How many of which kind there were.</param>
/// <param name="Answers">What the front door was asked, and answered.</param>
/// <param name="NotGone">ARNs of what was still there after it was destroyed again, and should not have been.</param>
public sealed record RehearsalAnswer(
    Guid Id, RehearsalState State, string PlanHash, bool IsOfPresentPlan, string By, DateTimeOffset AskedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, string? Trouble,
    double? Progress, double? Seconds, RehearsalFailure? Failure, IReadOnlyList<RehearsedKind> Resources, IReadOnlyList<RehearsedAnswer> Answers, IReadOnlyList<string> NotGone);

/// <param name="Act">Whether what exists could not be made, what is asked for failed, or what was made could not be destroyed.</param>
public sealed record RehearsalFailure(RehearsalActKind Act, string Step, string Message, string? RootCause);

public sealed record RehearsalStarted(Guid Id);

public sealed record RehearsalStopped(Guid Id);

/// <param name="OperationId">What carries it out; null where it was rejected, or others have to agree yet.</param>
/// <param name="Waits">Who has to agree yet; null for nobody.</param>
public sealed record Decided(long Number, bool Approved, Guid? OperationId, string? Waits);

public sealed record CommentAnswer(long Number, CommentKind Kind, string By, string Text, DateTimeOffset At, bool IsOpen);

public sealed record EnvironmentLine(
    Guid Id, string Name, EnvironmentState State, Health Health, string Target, string Region, string Owner, string Team, int Services, int ServicesReady, double Progress, decimal MonthlyCost,
    DateTimeOffset CreatedAt, DateTimeOffset ChangedAt, string LastChange, string? FailedAt, string? FailureReason);

/// <summary>One environment as it is now.</summary>
/// <param name="Team">Whose it is; empty for no team's.</param>
/// <param name="Version">Of its specification; also the entity tag.</param>
/// <param name="Url">Where its API is reached; null until its routes stand.</param>
/// <param name="LastEvent">Number of its newest event.</param>
public sealed record EnvironmentAnswer(
    Guid Id, string Name, EnvironmentState State, HealthAnswer Health, string Target, string Region, EnvironmentClass Class, string Owner, string Team, int Version, string Cidr, string? Url,
    bool IsProtected, DateTimeOffset? ExpiresAt, long Request, RequestState RequestState, OperationLine? Operation, IReadOnlyList<Waiting> Waiting, double Progress,
    IReadOnlyList<StepFailure> Failures, long LastEvent);

/// <param name="Unseen">Why nobody can say right now how it is; null where it is seen.</param>
public sealed record HealthAnswer(Health Health, DateTimeOffset? Since, IReadOnlyList<HealthReason> Reasons, string? Unseen);

/// <summary>An operation that waits for its turn.</summary>
public sealed record Waiting(Guid Id, OperationKind Kind, string Sentence, DateTimeOffset AskedAt);

public sealed record StepFailure(string Step, string Title, string Code, string Message, string? RootCause);

/// <summary>What was made, and where it is reached.</summary>
/// <param name="Steps">Step → its outputs.</param>
public sealed record Outputs(string? Url, IReadOnlyDictionary<string, string> Services, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Steps);

/// <summary>The picture, as boxes and what belongs to what.</summary>
public sealed record TopologyAnswer(IReadOnlyList<TopologyNode> Nodes, IReadOnlyList<TopologyService> Services, IReadOnlyList<TopologyEdge> Calls, IReadOnlyList<TopologyEdge> Shares);

/// <param name="Node">Id of its box, as the others.</param>
public sealed record TopologyService(string Node, string? Path, IReadOnlyList<string> Stores, IReadOnlyList<PodNode> Pods);

public sealed record TopologyEdge(string From, string To);

public sealed record OperationLine(Guid Id, OperationKind Kind, OperationState State, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt);

/// <param name="Request">Number of the request that it carries out; null for what nobody had to approve.</param>
/// <param name="Progress">0 to 1, by expected time.</param>
/// <param name="Remaining">Null for what is over.</param>
public sealed record OperationAnswer(
    Guid Id, OperationKind Kind, OperationState State, string Environment, long? Request, string PlanHash, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt,
    double Progress, RemainingSeconds? Remaining, StepFailure? Failure, IReadOnlyList<StepAnswer> Steps);

/// <summary>At the target's pace.</summary>
public sealed record RemainingSeconds(double Low, double High);

/// <param name="Waiting">Whom it waits for; null where nobody keeps it waiting.</param>
public sealed record StepAnswer(string Name, string Title, PlanAction Action, StepState State, int Attempt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, StepFailure? Failure, string? Waiting);

/// <summary>Something that a step made.</summary>
/// <param name="Type">CloudFormation's name of the type, or as Kubernetes::Pod.</param>
/// <param name="Name">Logical id in a stack, namespace/name in a cluster.</param>
/// <param name="State">The source's own word.</param>
/// <param name="IsReady">Whether it can do its work.</param>
public sealed record ResourceAnswer(string Step, string Type, string Name, string? PhysicalId, string State, string? Reason, bool IsReady, DateTimeOffset ChangedAt);

/// <param name="Property">Empty where the whole resource is gone.</param>
/// <param name="IgnoredUntil">Null where it counts.</param>
public sealed record DriftLine(
    string Step, string Title, string Resource, string Type, string Property, string? Expected, string? Found, DateTimeOffset FoundAt, DateTimeOffset? IgnoredUntil, string? IgnoredBy);

/// <summary>Where the comparison of what exists with what was planned stands.</summary>
/// <param name="Resources">How many the last check found different, without those that are left as they are.</param>
/// <param name="CheckedAt">When the last one ended; null before the first.</param>
/// <param name="AskedAt">Of the one that is under way; null where none is.</param>
/// <param name="Trouble">What could not be checked, and why.</param>
public sealed record DriftCheckAnswer(int Resources, DateTimeOffset? CheckedAt, DateTimeOffset? AskedAt, string? AskedBy, string? Trouble);

/// <param name="Step">As it is listed.</param>
public sealed record RevertBody(string Step);

/// <param name="Step">As it is listed.</param>
/// <param name="Resource">As it is listed.</param>
/// <param name="Until">Null to have it count again.</param>
public sealed record IgnoreBody(string Step, string Resource, DateTimeOffset? Until = null);

/// <param name="Until">Null where it counts.</param>
public sealed record Left(DateTimeOffset? Until);

/// <param name="Name">What the environment is to be called; empty where that is not said.</param>
public sealed record DraftLine(Guid Id, string Name, DateTimeOffset ChangedAt);

/// <summary>What was typed of a request and not submitted.</summary>
/// <param name="Version">Counts what was kept; also the entity tag.</param>
/// <param name="Team">Null where none was chosen, empty for no team's.</param>
/// <param name="Specification">As YAML.</param>
/// <param name="NotNumbers">Fields in which something else was typed than a number: the specification has the default in its place.</param>
public sealed record DraftAnswer(Guid Id, int Version, DateTimeOffset ChangedAt, string? Team, string? GoldenPath, string Specification, IReadOnlyList<FieldError> NotNumbers);

/// <param name="Specification">The whole of it, as YAML or JSON in a text.</param>
/// <param name="Team">Whose it is to be.</param>
/// <param name="GoldenPath">Id of the golden path that it keeps to.</param>
public sealed record DraftBody(string Specification, string? Team = null, string? GoldenPath = null);

/// <param name="Version">Also the entity tag.</param>
public sealed record DraftKept(int Version, DateTimeOffset At);

/// <param name="Mine">Who decides in the place of whom the token acts for.</param>
/// <param name="Others">In whose place they decide.</param>
public sealed record DelegationsAnswer(IReadOnlyList<DelegationAnswer> Mine, IReadOnlyList<DelegationAnswer> Others);

/// <param name="Groups">Ids of approvals.yaml.</param>
/// <param name="Starts">Where a day begins, in the zone of whoever handed over.</param>
/// <param name="Ends">Where the last day ends there.</param>
public sealed record DelegationAnswer(Guid Id, PersonAnswer From, PersonAnswer To, IReadOnlyList<string> Groups, DateTimeOffset Starts, DateTimeOffset Ends);

/// <param name="Id">Stable; of the sign-in.</param>
public sealed record PersonAnswer(string Id, string Name);

/// <param name="To">Id of somebody who has signed in before.</param>
/// <param name="First">In UTC, as the last one, which is included.</param>
public sealed record DelegationBody(string To, DateOnly First, DateOnly Last);

/// <param name="Id">Of the delegation.</param>
public sealed record Delegated(Guid Id);

/// <summary>One event with its place in the chain.</summary>
/// <param name="Environment">Null for what is about none of them.</param>
/// <param name="Number">Without gaps in its chain: the environment's, or the portal's own.</param>
/// <param name="Body">What happened, for programs.</param>
/// <param name="Hash">SHA-256, hexadecimal, over this entry and the hash of the entry before in its chain.</param>
public sealed record AuditAnswer(DateTimeOffset At, string? Environment, long Number, AuditActor Actor, string Kind, EventSeverity Severity, string Message, JsonElement Body, string Hash);

/// <param name="Address">From where, as the trusted proxies tell it; null where that is not known.</param>
public sealed record AuditActor(ActorKind Kind, string Id, string Name, string? Address);

/// <param name="Faults">The first of them; none where everything is as it was written.</param>
/// <param name="Weakness">Why the portal's own database role could change the trail; null where it cannot.</param>
public sealed record AuditVerification(bool IsWhole, long Entries, IReadOnlyList<AuditFaultAnswer> Faults, string? Weakness);

/// <param name="Environment">Null for the portal's own entries.</param>
public sealed record AuditFaultAnswer(string? Environment, long Number, AuditFaultKind Kind, string Says);

/// <summary>Something that was begun.</summary>
/// <param name="Id">Of the operation, or of its place in the environment's line.</param>
public sealed record Begun(Guid Id);

/// <param name="ExpiresAt">Null for never.</param>
public sealed record Kept(DateTimeOffset? ExpiresAt);

/// <summary>How it is cared for: all of it is set at once.</summary>
/// <param name="ExpiresAt">Null for never.</param>
/// <param name="Timetable">When it is awake; null for always.</param>
public sealed record Care(DateTimeOffset? ExpiresAt, Timetable? Timetable, bool IsProtected);

/// <param name="Image">That it ran before, as its tag or digest was written then; null for the one before the one it runs now.</param>
public sealed record RollBackBody(string? Image = null);

/// <param name="Team">Empty for no team's.</param>
public sealed record HandOver(string Team);

/// <param name="Days">From now on.</param>
public sealed record KeepBody(int Days);

/// <summary>An entry of a conversation.</summary>
public sealed record Said(long Number);

/// <param name="Number">Without gaps in the environment.</param>
public sealed record EventAnswer(long Number, DateTimeOffset At, string? Step, string Kind, EventSeverity Severity, string Message, EventActor By);

public sealed record EventActor(ActorKind Kind, string Name);

/// <param name="PlanHash">Of the plan that was read; instead of If-Match.</param>
/// <param name="Comment">Needed for a rejection: the requester has to know what to change.</param>
public sealed record DecisionBody(string? PlanHash = null, string? Comment = null);

/// <param name="Id">The caller's own: sent again, it is there once.</param>
/// <param name="Seen">For an answer: number of the last entry that was read.</param>
public sealed record CommentBody(string Text, CommentKind Kind = CommentKind.Comment, long Seen = 0, Guid? Id = null);

/// <param name="Reason">Why: the requester has to know it to agree.</param>
/// <param name="Specification">The whole of it, as YAML or JSON in a text.</param>
/// <param name="Id">The caller's own: sent again, it is there once.</param>
public sealed record ProposalBody(string Reason, string Specification, Guid? Id = null);

/// <param name="Confirm">The environment's name, where data would be lost.</param>
public sealed record AcceptanceBody(string Confirm = "");

/// <param name="Reason">Why not.</param>
public sealed record DeclineBody(string Reason);

/// <param name="Confirm">The environment's name.</param>
public sealed record DestroyBody(string Confirm);

/// <param name="Replicas">Pods; the lowest number of them, where the service scales by itself.</param>
public sealed record ScaleBody(int Replicas);

/// <summary>How a stack goes on that stands half-way back.</summary>
/// <param name="LeaveOut">What its way back leaves out; null for nothing.</param>
public sealed record GoOnBody(LeaveOut? LeaveOut = null);

/// <param name="Step">That failed because its stack cannot go back.</param>
/// <param name="Resources">Logical ids, of those that the failure names: they stay as they are.</param>
public sealed record LeaveOut(string Step, IReadOnlyList<string> Resources);

/// <param name="Removed">Titles of what was half made and goes.</param>
/// <param name="Returned">Titles of what becomes again as it was before.</param>
/// <param name="IsWhole">Whether the environment is then what it was before.</param>
public sealed record UndoAnswer(IReadOnlyList<string> Removed, IReadOnlyList<string> Returned, bool IsWhole);

/// <param name="Seen">Number of the newest event of the environment that was read: what was gone on with after it is not stopped. Null for the newest there is.</param>
public sealed record CancelBody(long? Seen = null);

/// <summary>What is asked for, as docs/environment.schema.json describes it.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record EnvironmentDocument(string ApiVersion, string Kind, Specification Spec);
