using System.Linq.Expressions;
using System.Text.Json;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Environments;

/// <summary>From rows to what pages read: the one place that does it. JSON is read here, and only the columns that are needed leave the database.</summary>
internal static class ReadModels
{
    public static readonly Expression<Func<EnvironmentRow, EnvironmentInfo>> Environment = row => new EnvironmentInfo
    {
        Id = row.Id,
        Name = row.Name,
        State = row.State,
        OwnerId = row.OwnerId,
        OwnerName = row.OwnerName,
        Team = row.Team,
        GoldenPath = row.GoldenPath,
        Cidr = row.Cidr,
        Care = new CareSettings(row.ExpiresAt, TimetableOf(row.Timetable), row.Protected),
        DestroyedAfter = row.DestroyedAfter,
        LastEvent = row.LastEvent,
        Revision = row.Revision,
        Health = row.Health,
        HealthSince = row.HealthSince,
        HealthReasons = Reasons(row.HealthReasons),
    };

    public static readonly Expression<Func<UnseenRow, Unseen>> Unseen = row => new Unseen(row.Since, row.Reason, row.Whole);

    public static readonly Expression<Func<TargetRow, TargetInfo>> Target = row => new TargetInfo(row.Name, row.AccountId, row.Region, row.Pace, row.FrontDoorUrl);

    public static readonly Expression<Func<RequestRow, RequestInfo>> Request = row => new RequestInfo
    {
        Id = row.Id,
        Number = row.Number,
        Kind = row.Kind,
        SpecificationVersion = row.SpecificationVersion,
        State = row.State,
        RequestedById = row.RequestedById,
        RequestedByName = row.RequestedByName,
        SubmittedAt = row.SubmittedAt,
        PlanHash = row.PlanHash,
        DecidedByName = row.State == RequestState.Withdrawn ? row.RequestedByName
            : row.DecidedAt == null || row.State == RequestState.Expired ? null : row.Approvals.OrderByDescending(given => given.Number).Select(given => given.ForName == null ? given.ByName : given.ByName + " for " + given.ForName).FirstOrDefault(),
        DecidedAt = row.DecidedAt,
        Comment = row.State == RequestState.Withdrawn || row.State == RequestState.Expired || row.DecidedAt == null ? null
            : row.Approvals.OrderByDescending(given => given.Number).Select(given => given.Comment).FirstOrDefault(),
    };

    public static readonly Expression<Func<OperationRow, OperationInfo>> Operation =
        row => new OperationInfo(row.Id, row.Kind, row.State, row.PlanHash, row.StartedAt, row.FinishedAt) { ExpectedLow = row.ExpectedLow, ExpectedHigh = row.ExpectedHigh };

    public static readonly Expression<Func<StepRow, StepInfo>> Step = row => new StepInfo
    {
        Name = row.Name,
        Action = row.Action,
        Ordinal = row.Ordinal,
        Title = row.Title,
        State = row.State,
        Attempt = row.Attempt,
        ExpectedSeconds = row.ExpectedSeconds,
        StartedAt = row.StartedAt,
        FinishedAt = row.FinishedAt,
        Outputs = Outputs(row.Outputs),
        Failure = FailureOf(row.Failure),
        Waiting = WaitingOf(row.Waiting),
    };

    public static readonly Expression<Func<DeploymentRow, DeployedStep>> Deployed =
        row => new DeployedStep(row.Step, TitleOf(row.Plan), row.Complete, Outputs(row.Outputs), row.ChangedAt) { IsAsleep = row.Asleep, CreatedAt = row.CreatedAt };

    public static readonly Expression<Func<ResourceRow, ResourceInfo>> Resource = row => new ResourceInfo
    {
        Step = row.Step,
        Type = row.Type,
        Name = row.Name,
        PhysicalId = row.PhysicalId,
        State = row.State,
        Ready = row.Ready,
        Reason = row.Reason,
        ChangedAt = row.ChangedAt,
    };

    public static readonly Expression<Func<ResidueRow, ResidueInfo>> Residue = row => new ResidueInfo(row.Kind, row.Id, row.Title, row.Kept, row.Reason, row.Advice, row.SeenAt);

    public static readonly Expression<Func<EventRow, EventInfo>> Event = row => new EventInfo(row.Number, row.At, row.Step, row.Kind, row.Severity, row.Message, Who(row.ActorId, row.ActorName, row.ActorKind));

    private static readonly HashSet<string> NoRoles = [];

    internal static Actor Who(string id, string name, ActorKind kind) =>
        kind == ActorKind.System && id == Actor.System.Subject ? Actor.System : new Actor(id, name, NoRoles) { Kind = kind };

    private static Timetable? TimetableOf(string? json) => json is null ? null : Timetable.FromJson(json);

    private static string TitleOf(string plan)
    {
        using var step = JsonDocument.Parse(plan);
        return step.RootElement.GetProperty("title").GetString() ?? "";
    }

    private static Dictionary<string, string> Outputs(string? json) =>
        (json is null ? null : JsonSerializer.Deserialize<Dictionary<string, string>>(json)) ?? [];

    internal static StepWaiting? WaitingOf(string? json) => json is null ? null : JsonSerializer.Deserialize<StepWaiting>(json, Specification.Json);

    public static IReadOnlyList<HealthReason> Reasons(string json) => JsonSerializer.Deserialize<List<HealthReason>>(json, Specification.Json) ?? [];

    public static HealthReason? Reason(string json) => JsonSerializer.Deserialize<HealthReason>(json, Specification.Json);

    internal static Failure? FailureOf(string? json) => json is null ? null : JsonSerializer.Deserialize<Failure>(json, Specification.Json);
}
