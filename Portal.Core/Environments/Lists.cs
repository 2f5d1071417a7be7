using Portal.Core.Approvals;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Environments;

/// <summary>One row of the dashboard.</summary>
public sealed record EnvironmentSummary
{
    public required Guid Id { get; init; }
    public required string Name { get; init; }
    public required string Target { get; init; }
    public required string Region { get; init; }
    public required EnvironmentState State { get; init; }
    public required string OwnerName { get; init; }

    /// <summary>Empty for no team's in particular.</summary>
    public string Team { get; init; } = "";
    public required DateTimeOffset ChangedAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Message of the newest event.</summary>
    public required string LastChange { get; init; }

    public required int Services { get; init; }

    /// <summary>Services whose Deployment is seen to be ready.</summary>
    public required int ServicesReady { get; init; }

    /// <summary>0 to 1, by expected time, as <see cref="Environments.Progress"/> has it.</summary>
    public required double Progress { get; init; }

    public required decimal MonthlyCost { get; init; }

    /// <summary>Title and failure of the first failed step; null where none failed.</summary>
    public string? FailedAt { get; init; }
    public string? FailureReason { get; init; }

    public Health Health { get; init; }

    public DateTimeOffset? HealthSince { get; init; }

    /// <summary>The first of several; null for what is healthy.</summary>
    public HealthReason? HealthReason { get; init; }

    /// <summary>Whether nobody can say right now how it is.</summary>
    public bool IsUnseen { get; init; }

    /// <summary>Null where it never was seen.</summary>
    public DateTimeOffset? UnseenSince { get; init; }

    public bool IsDegraded => State == EnvironmentState.Ready && Health == Health.Degraded;

    /// <summary>When it is to go; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Resources that are not as they were planned, and that nobody has left so for now.</summary>
    public int Drifted { get; init; }

    /// <summary>When what is under way ends; null where nothing runs.</summary>
    public Forecast? Forecast { get; init; }
}

/// <summary>What was said at an operation's beginning of when it ends. The environment's own page knows better, step by step.</summary>
public sealed record Forecast(OperationKind Kind, DateTimeOffset Earliest, DateTimeOffset Latest)
{
    /// <param name="startedAt">UTC; null before its beginning.</param>
    /// <param name="low">Seconds; null where nothing was said.</param>
    internal static Forecast? Of(OperationKind kind, DateTime? startedAt, double? low, double? high) =>
        startedAt is { } began && low is not null && high is not null && new DateTimeOffset(began, TimeSpan.Zero) is var start
            ? new Forecast(kind, start.AddSeconds(low.Value), start.AddSeconds(high.Value))
            : null;
}

/// <param name="Ready">Without the degraded ones.</param>
public sealed record DashboardCounts(int Total, int Ready, int Degraded, int Running, int Asleep, int Failed, int Requested, DateTimeOffset? OldestRequest)
{
    /// <summary>See <see cref="EnvironmentAttention.Expiring"/>.</summary>
    public int Expiring { get; init; }

    /// <inheritdoc cref="EnvironmentAttention.Drifted"/>
    public int Drifted { get; init; }
}

/// <param name="Counts">Of all environments, whatever the filter.</param>
public sealed record DashboardPage(Page<EnvironmentSummary> Page, DashboardCounts Counts);

public enum EnvironmentSort
{
    /// <summary>By last change.</summary>
    Changed,
    Name,
    State,
    Target,
    Services,
    Owner,
    Cost,
    Created,

    /// <summary>What never expires comes last, either way.</summary>
    Expires,
}

/// <summary>What somebody may have to look at, in whatever state it is.</summary>
public enum EnvironmentAttention
{
    /// <summary>Within seven days, or it has.</summary>
    Expiring,

    /// <summary>Something is not as it was planned, and nobody has left it so for now.</summary>
    Drifted,
}

/// <summary>What somebody who looks over many environments tells apart: what is counted and what a count leads to are the same.</summary>
public enum EnvironmentGroup
{
    /// <summary>And observed to be healthy, or not looked at yet.</summary>
    Ready,

    /// <summary>Ready, and observed not to be healthy.</summary>
    Degraded,

    /// <summary>An operation is about to change it, or does.</summary>
    Running,
    Asleep,

    /// <summary>Or cancelled: it stands still until somebody decides.</summary>
    Failed,

    /// <summary>Waits for an approval.</summary>
    Requested,
    Destroyed,
    Rejected,
}

public static class EnvironmentGroups
{
    public static IReadOnlyList<EnvironmentState> States(this EnvironmentGroup group) => group switch
    {
        EnvironmentGroup.Degraded => [EnvironmentState.Ready],
        EnvironmentGroup.Running => [EnvironmentState.Provisioning, EnvironmentState.Changing, EnvironmentState.Destroying],
        EnvironmentGroup.Failed => [EnvironmentState.Failed, EnvironmentState.Cancelled],
        _ => [Enum.Parse<EnvironmentState>(group.ToString())],
    };
}

/// <summary>Which environments, and in which order.</summary>
public sealed record EnvironmentFilter
{
    /// <summary>Null for all that still exist.</summary>
    public EnvironmentGroup? Group { get; init; }

    public string? Target { get; init; }

    /// <summary>Null for all, whether or not there is something to look at.</summary>
    public EnvironmentAttention? Attention { get; init; }

    /// <summary>Only those of whoever asks.</summary>
    public bool Mine { get; init; }

    /// <summary>Null for all that one sees.</summary>
    public string? Team { get; init; }

    /// <summary>Part of the name.</summary>
    public string? Search { get; init; }

    public EnvironmentSort Sort { get; init; } = EnvironmentSort.Changed;

    public bool Descending { get; init; } = true;

    /// <summary>Only those that come after this one, by name and id; null for all. Has a meaning where they are sorted by name.</summary>
    public (string Name, Guid Id)? After { get; init; }

    /// <summary>From 0; beyond the last it is the last.</summary>
    public int Page { get; init; }

    public int PageSize { get; init; } = 25;
}

/// <summary>One row of the request list or the approval queue.</summary>
public sealed record RequestSummary(
    Guid Id, long Number, RequestKind Kind, RequestState State, Guid EnvironmentId, string Environment, string Target, string RequestedById,
    string RequestedByName, DateTimeOffset SubmittedAt, string? DecidedByName, DateTimeOffset? DecidedAt, string? Comment, decimal MonthlyCost)
{
    /// <summary>Who has agreed, and who has to yet; null for one that is decided.</summary>
    public ApprovalProgress? Progress { get; init; }

    /// <summary>What the requester has not answered yet; null where nothing waits for an answer.</summary>
    public OpenQuestions? Questions { get; init; }

    /// <summary>What the requester has not accepted or declined yet; null where nothing is proposed.</summary>
    public Proposal? Proposal { get; init; }

    /// <summary>Of the plan that waits: what is decided on.</summary>
    public string PlanHash { get; init; } = "";

    /// <summary>What the rules look at; null for what was asked for before there were rules.</summary>
    public RequestFacts? Facts { get; init; }

    /// <summary>Whether whoever reads this may decide on it now.</summary>
    public bool MayDecide { get; init; }

    /// <summary>Whether they may do so together with others.</summary>
    public bool MayDecideTogether => MayDecide && Progress is { IsAlone: false };
}

public enum RequestSort
{
    Number,
    Environment,
    State,
    Target,
    Asked,
    By,
    Decided,
    Cost,
}

/// <summary>Which requests, and in which order.</summary>
public sealed record RequestFilter
{
    /// <summary>Null for every state.</summary>
    public RequestState? State { get; init; }

    public string? Target { get; init; }

    /// <summary>Only those of whoever asks.</summary>
    public bool Mine { get; init; }

    /// <summary>Part of the environment's name.</summary>
    public string? Search { get; init; }

    /// <summary>Null for the longest waiting first where a decision is due, else the newest first.</summary>
    public RequestSort? Sort { get; init; }

    public bool Descending { get; init; }

    /// <summary>Only those with a smaller number; null for all.</summary>
    public long? Before { get; init; }

    /// <summary>From 0; beyond the last it is the last.</summary>
    public int Page { get; init; }

    public int PageSize { get; init; } = 20;
}

/// <param name="Total">On all pages.</param>
/// <param name="Number">From 0; the last one where a later one was asked for.</param>
public sealed record Page<T>(IReadOnlyList<T> Rows, int Total, int Number);

/// <summary>One request with all an approver needs.</summary>
public sealed record RequestDetail(
    RequestInfo Request, EnvironmentInfo Environment, TargetInfo Target, Specification Specification, Plan Plan)
{
    /// <summary>Steps of which something exists.</summary>
    public IReadOnlySet<string> There { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>What expected times were worth in the target until now; null where nobody asked.</summary>
    public EstimateAccuracy? Accuracy { get; init; }

    /// <summary>Who has to agree, and who has: what counts of the verdicts.</summary>
    public ApprovalProgress Progress { get; init; } = new([]);

    /// <summary>Everything that was said of it, oldest first.</summary>
    public IReadOnlyList<GivenVerdict> Verdicts { get; init; } = [];

    /// <inheritdoc cref="RequestSummary.Questions"/>
    public OpenQuestions? Questions { get; init; }

    /// <inheritdoc cref="RequestSummary.Facts"/>
    public RequestFacts? Facts { get; init; }

    /// <summary>What approvers have proposed in its place, oldest first.</summary>
    public IReadOnlyList<Proposal> Proposals { get; init; } = [];

    /// <summary>Which of them waits for the requester; null where none does.</summary>
    public OpenProposal? Proposed { get; init; }

    /// <summary>In whose place whoever reads this may decide.</summary>
    public IReadOnlyList<StandIn> StandIns { get; init; } = [];

    /// <summary>Whether somebody may propose something else: whoever may have to agree, while it waits. A destruction could not be otherwise.</summary>
    public bool MayPropose(Actor actor) => Request is { State: RequestState.Submitted, Kind: not RequestKind.Destroy } && Progress.MayAsk(actor, StandIns, Request.RequestedById);
}

/// <summary>A proposal that waits for whoever asked.</summary>
/// <param name="Needs">Who would have to agree to it.</param>
public sealed record OpenProposal(ProposedChange Change, ApprovalNeeds Needs)
{
    public Proposal Proposal => Change.Proposal;
}
