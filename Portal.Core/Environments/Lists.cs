using Portal.Core.Provisioning;
using Portal.Core.Requests;

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
    public required DateTimeOffset ChangedAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Message of the newest event.</summary>
    public required string LastChange { get; init; }

    public required int Services { get; init; }

    /// <summary>Services whose release step succeeded.</summary>
    public required int ServicesReady { get; init; }

    /// <summary>0 to 1, by expected time, as <see cref="Environments.Progress"/> has it.</summary>
    public required double Progress { get; init; }

    public required decimal MonthlyCost { get; init; }

    /// <summary>Title and failure of the first failed step; null where none failed.</summary>
    public string? FailedAt { get; init; }
    public string? FailureReason { get; init; }
}

public sealed record DashboardCounts(int Total, int Ready, int Provisioning, int Failed, int Requested, DateTimeOffset? OldestRequest);

public sealed record DashboardPage(IReadOnlyList<EnvironmentSummary> Rows, int Total, DashboardCounts Counts);

/// <param name="State">Only environments in this state; null for all that still exist.</param>
/// <param name="Search">Part of the name.</param>
public sealed record DashboardFilter(EnvironmentState? State = null, string? Search = null, int Page = 0, int PageSize = 25);

/// <summary>One row of the request list or the approval queue.</summary>
public sealed record RequestSummary(
    Guid Id, long Number, RequestKind Kind, RequestState State, Guid EnvironmentId, string Environment, string Target, string RequestedById,
    string RequestedByName, DateTimeOffset SubmittedAt, string? DecidedByName, DateTimeOffset? DecidedAt, string? Comment, decimal MonthlyCost);

public sealed record Page<T>(IReadOnlyList<T> Rows, int Total);

/// <summary>One request with all an approver needs.</summary>
public sealed record RequestDetail(
    RequestInfo Request, EnvironmentInfo Environment, TargetInfo Target, Specification Specification, Plan Plan);
