using System.Text.Json.Serialization;

namespace Portal.Core.Rehearsals;

public enum RehearsalState
{
    Queued,
    Running,

    /// <summary>All that was asked for came about, and all of it was taken away again.</summary>
    Succeeded,
    Failed,

    /// <summary>Somebody stopped it, or the request was decided before it began.</summary>
    Cancelled,
}

/// <summary>One rehearsal of a request, as pages and programs see it.</summary>
/// <param name="PlanHash">Of the plan that is, or was, rehearsed.</param>
public sealed record Rehearsal(Guid Id, RehearsalState State, string PlanHash, string By, DateTimeOffset AskedAt)
{
    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Who does not want it any more; it may still be on its way to its end.</summary>
    public string? CancelledBy { get; init; }

    /// <summary>Null before it runs and when it has ended.</summary>
    public RehearsalProgress? Progress { get; init; }

    /// <summary>Null until it has ended, and for one that did not come to an end.</summary>
    public RehearsalReport? Report { get; init; }

    /// <summary>Why there is no report, in a sentence.</summary>
    public string? Trouble { get; init; }

    public bool IsOpen => State is RehearsalState.Queued or RehearsalState.Running;
}

/// <summary>The rehearsals of a request that are kept, newest first.</summary>
/// <param name="MayRehearse">Whether who reads this may begin or stop one.</param>
public sealed record RequestRehearsals(IReadOnlyList<Rehearsal> All, bool MayRehearse)
{
    public Rehearsal? Newest => All.Count > 0 ? All[0] : null;
}

/// <summary>How far one has come.</summary>
/// <param name="Act">From 1.</param>
/// <param name="Done">Steps of the act that have ended.</param>
/// <param name="Running">What is being done, as people call it; a few.</param>
/// <param name="EndsAt">When all of it is thought to be over.</param>
public sealed record RehearsalProgress(RehearsalActKind Kind, int Act, int Acts, int Done, int Steps, IReadOnlyList<string> Running, DateTimeOffset EndsAt)
{
    /// <summary>0 to 1, of all acts together.</summary>
    [JsonIgnore]
    public double Fraction => (Act - 1 + (double)Done / Math.Max(1, Steps)) / Acts;
}
