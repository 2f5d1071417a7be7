using Portal.Components.Shared;
using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Features.Requests;

/// <summary>Plans in words.</summary>
public static class Words
{
    /// <summary>What most runs take: half-way to the extremes.</summary>
    /// <param name="pace">How many times faster than AWS the target is.</param>
    public static string Span(DurationRange range, double pace) =>
        Text.Range(TimeSpan.FromSeconds((range.Low + range.Typical) / 2 / pace), TimeSpan.FromSeconds((range.High + range.Typical) / 2 / pace));

    /// <inheritdoc cref="Span"/>
    public static string About(DurationRange range, double pace) => Text.Duration(TimeSpan.FromSeconds(Math.Max(1, Math.Round(range.Typical / pace))));

    /// <summary>Enough of a plan's hash to compare by eye.</summary>
    public static string ShortHash(string hash) => hash.Length < 8 ? hash : $"{hash[..4]}·{hash[4..8]}";

    public static string Of(StepKind kind) => kind switch
    {
        StepKind.Stack => "stack",
        StepKind.Release => "release",
        StepKind.Probe => "probe",
        StepKind.Sweep => "sweep",
        _ => "wait",
    };

    /// <summary>What the cluster runs on. In Auto Mode the size is only what its cost is estimated by.</summary>
    public static string Of(ClusterSpecification cluster, ServiceCatalog catalog)
    {
        var size = catalog.FindSize(cluster.Size)?.Title ?? cluster.Size;
        return cluster.Mode == ClusterMode.AutoMode ? $"Auto Mode, estimated as {size}" : size;
    }

    /// <summary>How much of it runs: "2 pods", or "at 0 3 * * * (Europe/Berlin)".</summary>
    public static string Runs(ServiceSpecification service) => service.Schedule is { } schedule ? $"at {schedule.Cron} ({schedule.TimeZone})" : Count(service.Replicas, "pod");

    /// <summary>Who reaches it.</summary>
    public static string Reach(ServiceSpecification service) => service switch
    {
        { Kind: WorkloadKind.Worker } => "a worker that nobody calls",
        { Kind: WorkloadKind.ScheduledJob } => "a scheduled job",
        { IsPublic: false } => "reached by other services only",
        { Authentication: RouteAuthentication.Cognito } => "callers sign in",
        _ => "open to everybody",
    };

    public static string Count(int number, string one, string? many = null) => number == 1 ? $"1 {one}" : $"{number} {many ?? one + "s"}";
}
