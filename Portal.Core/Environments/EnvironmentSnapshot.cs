using Portal.Core.Catalog;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;

namespace Portal.Core.Environments;

/// <summary>All that a page shows of one environment at one moment. Immutable, so that every circuit may share it.</summary>
public sealed record EnvironmentSnapshot
{
    public required EnvironmentRow Environment { get; init; }

    public required TargetRow Target { get; init; }

    public required Specification Specification { get; init; }

    public required RequestRow Request { get; init; }

    public required Plan Plan { get; init; }

    /// <summary>The newest operation; null before an approval.</summary>
    public OperationRow? Operation { get; init; }

    /// <summary>In plan order; empty before an approval.</summary>
    public IReadOnlyList<StepRow> Steps { get; init; } = [];

    public IReadOnlyList<ResourceRow> Resources { get; init; } = [];

    /// <summary>The newest, newest first; the rest is paged.</summary>
    public IReadOnlyList<EventRow> Events { get; init; } = [];

    /// <summary>How far and how long yet, as of <paramref name="now"/>.</summary>
    public Progress ProgressAt(DateTimeOffset now) => Progress.Of(Plan, Steps, Target.Pace, now);
}

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
    RequestRow Request, EnvironmentRow Environment, TargetRow Target, Specification Specification, Plan Plan);

/// <summary>How far an operation is, and how long yet. Pure.</summary>
/// <param name="Fraction">0 to 1, by expected time.</param>
/// <param name="RemainingLow">Real time at the target's pace; null where nothing runs.</param>
public sealed record Progress(double Fraction, TimeSpan? RemainingLow, TimeSpan? RemainingHigh, IReadOnlyDictionary<string, double> Steps)
{
    public static Progress Of(Plan plan, IReadOnlyList<StepRow> steps, double pace, DateTimeOffset now)
    {
        var rows = steps.ToDictionary(step => step.Name, StringComparer.Ordinal);
        var fractions = plan.Steps.ToDictionary(step => step.Name, step => FractionOf(step, rows.GetValueOrDefault(step.Name), pace, now), StringComparer.Ordinal);
        var total = plan.Steps.Sum(step => step.Expected.Typical);
        var done = plan.Steps.Sum(step => step.Expected.Typical * fractions[step.Name]);
        var low = Remaining(plan, fractions, rows, step => (step.Expected.Low + step.Expected.Typical) / 2);
        var high = Remaining(plan, fractions, rows, step => (step.Expected.High + step.Expected.Typical) / 2);
        return new Progress(total > 0 ? done / total : 0, TimeSpan.FromSeconds(low / pace), TimeSpan.FromSeconds(high / pace), fractions);
    }

    private static double FractionOf(PlannedStep step, StepRow? row, double pace, DateTimeOffset now) => row switch
    {
        { State: StepState.Succeeded } => 1,
        // Never says done before it is: what takes longer than expected stands still at 95 %.
        { State: StepState.Running, StartedAt: { } started } =>
            Math.Clamp((now - started).TotalSeconds * pace / Math.Max(1, step.Expected.Typical), 0, 0.95),
        _ => 0,
    };

    private static double Remaining(Plan plan, Dictionary<string, double> fractions, Dictionary<string, StepRow> rows, Func<PlannedStep, double> seconds)
    {
        var finish = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var step in plan.Steps)
        {
            var settled = rows.TryGetValue(step.Name, out var row) && row.State.IsSettled();
            var before = step.DependsOn.Select(name => finish[name]).DefaultIfEmpty(0).Max();
            finish[step.Name] = settled ? 0 : before + seconds(step) * (1 - fractions[step.Name]);
        }

        return finish.Values.DefaultIfEmpty(0).Max();
    }
}
