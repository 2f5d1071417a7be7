namespace Portal.Core.Specifications;

/// <summary>How the pods of a service run.</summary>
public enum WorkloadKind
{
    /// <summary>Always, and they listen at a port.</summary>
    Service,

    /// <summary>Always, and nobody calls them: they work off a queue, for example.</summary>
    Worker,

    /// <summary>At the times of <see cref="ServiceSpecification.Schedule"/>, each to its end.</summary>
    ScheduledJob,
}

/// <summary>When a scheduled job runs, and what becomes of runs that fail, last or meet each other.</summary>
public sealed record ScheduleSpecification
{
    /// <summary>As <see cref="CronSchedule"/> reads it, for example <c>30 3 * * MON-FRI</c>.</summary>
    public string Cron { get; init; } = "0 3 * * *";

    /// <summary>IANA name of where <see cref="Cron"/> is meant, for example <c>Europe/Berlin</c>.</summary>
    public string TimeZone { get; init; } = "Etc/UTC";

    public OverlapPolicy Overlap { get; init; } = OverlapPolicy.Skip;

    /// <summary>How late a run may start; what could not by then is left out.</summary>
    public int StartWithinSeconds { get; init; } = 300;

    /// <summary>After that a run is ended, and has failed.</summary>
    public int TimeLimitSeconds { get; init; } = 3_600;

    /// <summary>How often a run that fails is tried again.</summary>
    public int Retries { get; init; } = 1;
}

/// <summary>What becomes of a run whose time comes while the one before goes on.</summary>
public enum OverlapPolicy
{
    Skip,

    /// <summary>The one before is ended for it.</summary>
    Replace,

    Allow,
}

/// <summary>
/// What runs once, to its end, before the pods of a service are replaced: the migrations of its database, for example. It has the service's image,
/// variables, rights and resources; where it fails, the pods stay as they are.
/// </summary>
public sealed record RolloutJobSpecification
{
    /// <summary>What takes the place of the image's entry point; empty for that.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>What takes the place of the image's arguments; empty for those.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>After that it has failed.</summary>
    public int TimeLimitSeconds { get; init; } = 600;

    /// <summary>How often it is tried again where it fails.</summary>
    public int Retries { get; init; }
}
