using Portal.Core;
using Portal.Core.Drift;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Core.Teams;
using Portal.Features.Views;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Environments;

/// <summary>What the environments' pages need of feeds, queries and use cases; the seam their component tests stand at.</summary>
public interface IEnvironmentDesk
{
    /// <summary>Beats at once and after each change of any environment or request.</summary>
    Subscription<long> WatchChanges();

    IViewDesk Views { get; }

    IReplayDesk Replays { get; }

    Task<IReadOnlyList<TargetInfo>> TargetsAsync(CancellationToken cancellationToken);

    Task<DashboardPage> DashboardAsync(EnvironmentFilter filter, CancellationToken cancellationToken);

    /// <inheritdoc cref="DashboardQueries.CountsAsync"/>
    Task<DashboardCounts> CountsAsync(CancellationToken cancellationToken);

    /// <inheritdoc cref="DashboardQueries.PageAsync"/>
    Task<Page<EnvironmentSummary>> PageAsync(EnvironmentFilter filter, CancellationToken cancellationToken);

    /// <summary>The newest environment of that name; null where there is none.</summary>
    Task<Guid?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>The environment as it is and as it changes.</summary>
    Subscription<EnvironmentSnapshot?> Watch(Guid environmentId);

    /// <inheritdoc cref="EnvironmentQueries.EventsAsync"/>
    Task<EventStretch> EventsAsync(Guid environmentId, EventFilter filter, long upTo, int skip, int count, CancellationToken cancellationToken);

    /// <inheritdoc cref="EnvironmentQueries.ActorsAsync"/>
    Task<IReadOnlyList<string>> ActorsAsync(Guid environmentId, CancellationToken cancellationToken);

    /// <summary>To which teams the person may hand an environment over.</summary>
    Task<IReadOnlyList<string>> TeamsAsync(CancellationToken cancellationToken);

    /// <inheritdoc cref="HandOverEnvironment.ExecuteAsync"/>
    Task<Outcome<string>> HandOverAsync(Guid environmentId, string team, CancellationToken cancellationToken);

    /// <summary>Goes on with an operation from where it failed or was cancelled.</summary>
    Task<Outcome<Guid>> RetryAsync(Guid operationId, WayBackWithout? without, CancellationToken cancellationToken);

    /// <summary>Stops an operation; what runs comes to its end first.</summary>
    /// <param name="seen">The newest event that whoever cancels has seen.</param>
    Task<Outcome<Guid>> CancelAsync(Guid operationId, long seen, CancellationToken cancellationToken);

    /// <summary>US dollars a month, by list prices, for what exists or may exist of it.</summary>
    decimal CostOfWhatExists(EnvironmentSnapshot snapshot);

    /// <summary>US dollars a month, by list prices; null for what is billed by its size or use.</summary>
    decimal? CostOf(ResidueInfo residue);

    /// <inheritdoc cref="UndoOperation.PreviewAsync"/>
    Task<Outcome<PlannedUndo>> PreviewUndoAsync(Guid operationId, CancellationToken cancellationToken);

    /// <inheritdoc cref="UndoOperation.ExecuteAsync"/>
    Task<Outcome<Guid>> UndoAsync(Guid operationId, WayBackWithout? without, CancellationToken cancellationToken);

    Task<Outcome<Guid>> SleepAsync(Guid environmentId, CancellationToken cancellationToken);

    Task<Outcome<Guid>> WakeAsync(Guid environmentId, CancellationToken cancellationToken);

    /// <inheritdoc cref="RepairEnvironment"/>
    Task<Outcome<Guid>> RepairAsync(Guid environmentId, CancellationToken cancellationToken);

    /// <inheritdoc cref="WithdrawOperation"/>
    Task<Outcome<Guid>> WithdrawAsync(Guid waitingId, CancellationToken cancellationToken);

    /// <inheritdoc cref="EnvironmentCare.SetAsync"/>
    Task<Outcome<CareSettings>> SetCareAsync(Guid environmentId, CareSettings wanted, CancellationToken cancellationToken);

    /// <inheritdoc cref="EnvironmentCare.KeepAsync"/>
    Task<Outcome<CareSettings>> KeepAsync(Guid environmentId, int days, CancellationToken cancellationToken);

    Task<Outcome<Guid>> RestartAsync(Guid environmentId, string service, CancellationToken cancellationToken);

    Task<Outcome<Guid>> RunAsync(Guid environmentId, string service, CancellationToken cancellationToken);

    Task<Outcome<Guid>> ScaleAsync(Guid environmentId, string service, int replicas, CancellationToken cancellationToken);

    Task<EarlierImage?> EarlierAsync(Guid environmentId, string service, CancellationToken cancellationToken);

    Task<Outcome<Guid>> RollBackAsync(Guid environmentId, string service, string image, CancellationToken cancellationToken);

    Task<Outcome<PlannedChange>> PreviewDestructionAsync(Guid environmentId, CancellationToken cancellationToken);

    /// <inheritdoc cref="DriftQueries.ListAsync"/>
    Task<Page<DriftedProperty>> DriftAsync(Guid environmentId, int page, CancellationToken cancellationToken);

    /// <summary>Has the environment compared with its plan; the snapshot tells when that has come to its end.</summary>
    Task<Outcome<Guid>> CheckDriftAsync(Guid environmentId, CancellationToken cancellationToken);

    /// <inheritdoc cref="RevertDrift"/>
    Task<Outcome<Guid>> RevertDriftAsync(Guid environmentId, string step, CancellationToken cancellationToken);

    /// <inheritdoc cref="IgnoreDrift"/>
    Task<Outcome<Guid>> IgnoreDriftAsync(Guid environmentId, string step, string resource, DateTimeOffset? until, CancellationToken cancellationToken);

    /// <param name="confirmation">The environment's name.</param>
    Task<Outcome<SubmittedRequest>> DestroyAsync(Guid environmentId, string confirmation, CancellationToken cancellationToken);
}

/// <inheritdoc cref="IEnvironmentDesk"/>
public sealed class EnvironmentDesk(
    EnvironmentQueries environments, KnownTeams teams, HandOverEnvironment handOver, DashboardQueries dashboard, RetryOperation retry, CancelOperation cancel, UndoOperation undo, CostEstimator costs, ChangeEnvironment changes,
    SleepEnvironment sleeper, RepairEnvironment repair, WithdrawOperation withdraw, EnvironmentCare care, OperateService services, DriftQueries drift, CheckDrift driftCheck, RevertDrift driftRevert, IgnoreDrift driftIgnore, IViewDesk views, IReplayDesk replays, EnvironmentFeed feed, OverviewFeed overview, CurrentActor current,
    DatabaseReach database)
    : IEnvironmentDesk
{
    public Subscription<long> WatchChanges() => overview.WatchChanges();

    public IViewDesk Views => views;

    public IReplayDesk Replays => replays;

    public Task<IReadOnlyList<TargetInfo>> TargetsAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async token => await environments.TargetsAsync(await current.GetAsync(), token), cancellationToken);

    public Task<DashboardPage> DashboardAsync(EnvironmentFilter filter, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await dashboard.DashboardAsync(await current.GetAsync(), filter, token), cancellationToken);

    public Task<DashboardCounts> CountsAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async token => await dashboard.CountsAsync(await current.GetAsync(), token), cancellationToken);

    public Task<Page<EnvironmentSummary>> PageAsync(EnvironmentFilter filter, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await dashboard.PageAsync(await current.GetAsync(), filter, token), cancellationToken);

    public Task<Guid?> FindAsync(string name, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await environments.FindAsync(await current.GetAsync(), name, token), cancellationToken);

    public Subscription<EnvironmentSnapshot?> Watch(Guid environmentId) => feed.Watch(environmentId);

    public Task<EventStretch> EventsAsync(Guid environmentId, EventFilter filter, long upTo, int skip, int count, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await environments.EventsAsync(await current.GetAsync(), environmentId, filter, upTo, skip, count, token), cancellationToken);

    public Task<IReadOnlyList<string>> ActorsAsync(Guid environmentId, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await environments.ActorsAsync(await current.GetAsync(), environmentId, token), cancellationToken);

    public Task<Outcome<Guid>> RetryAsync(Guid operationId, WayBackWithout? without, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => retry.ExecuteAsync(actor, operationId, cancellationToken, without), cancellationToken));

    public Task<Outcome<Guid>> CancelAsync(Guid operationId, long seen, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => cancel.ExecuteAsync(actor, operationId, seen, cancellationToken), cancellationToken));

    public decimal CostOfWhatExists(EnvironmentSnapshot snapshot) =>
        costs.OfWhatExists(snapshot.Specification, [.. snapshot.Deployed.Select(step => step.Name)]).Monthly;

    public decimal? CostOf(ResidueInfo residue) => costs.OfResidue(residue.Kind);

    public Task<Outcome<PlannedUndo>> PreviewUndoAsync(Guid operationId, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await undo.PreviewAsync(await current.GetAsync(), operationId, token), cancellationToken);

    public Task<Outcome<Guid>> UndoAsync(Guid operationId, WayBackWithout? without, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => undo.ExecuteAsync(actor, operationId, cancellationToken, without), cancellationToken));

    public Task<IReadOnlyList<string>> TeamsAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async token => await teams.ChoicesAsync(await current.GetAsync(), token), cancellationToken);

    public Task<Outcome<string>> HandOverAsync(Guid environmentId, string team, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => handOver.ExecuteAsync(actor, environmentId, team, cancellationToken), cancellationToken));

    public Task<Outcome<Guid>> SleepAsync(Guid environmentId, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => sleeper.SleepAsync(actor, environmentId, null, cancellationToken), cancellationToken));

    public Task<Outcome<Guid>> WakeAsync(Guid environmentId, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => sleeper.WakeAsync(actor, environmentId, null, cancellationToken), cancellationToken));

    public Task<Outcome<Guid>> RepairAsync(Guid environmentId, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => repair.ExecuteAsync(actor, environmentId, cancellationToken), cancellationToken));

    public Task<Outcome<Guid>> WithdrawAsync(Guid waitingId, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => withdraw.ExecuteAsync(actor, waitingId, cancellationToken), cancellationToken));

    public Task<Outcome<CareSettings>> SetCareAsync(Guid environmentId, CareSettings wanted, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => care.SetAsync(actor, environmentId, wanted, cancellationToken), cancellationToken));

    public Task<Outcome<CareSettings>> KeepAsync(Guid environmentId, int days, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => care.KeepAsync(actor, environmentId, days, cancellationToken), cancellationToken));

    public Task<Outcome<Guid>> RestartAsync(Guid environmentId, string service, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => services.RestartAsync(actor, environmentId, service, cancellationToken), cancellationToken));

    public Task<Outcome<Guid>> RunAsync(Guid environmentId, string service, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => services.RunAsync(actor, environmentId, service, cancellationToken), cancellationToken));

    public Task<Outcome<Guid>> ScaleAsync(Guid environmentId, string service, int replicas, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => services.ScaleAsync(actor, environmentId, service, replicas, cancellationToken), cancellationToken));

    public Task<EarlierImage?> EarlierAsync(Guid environmentId, string service, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await services.EarlierAsync(await current.GetAsync(), environmentId, service, token), cancellationToken);

    public Task<Outcome<Guid>> RollBackAsync(Guid environmentId, string service, string image, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => services.RollBackAsync(actor, environmentId, service, image, cancellationToken), cancellationToken));

    public Task<Outcome<PlannedChange>> PreviewDestructionAsync(Guid environmentId, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await changes.PreviewDestructionAsync(await current.GetAsync(), environmentId, token), cancellationToken);

    public Task<Page<DriftedProperty>> DriftAsync(Guid environmentId, int page, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await drift.ListAsync(await current.GetAsync(), environmentId, page, DriftQueries.PageSize, token), cancellationToken);

    public Task<Outcome<Guid>> CheckDriftAsync(Guid environmentId, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => driftCheck.ExecuteAsync(actor, environmentId, cancellationToken), cancellationToken));

    public Task<Outcome<Guid>> RevertDriftAsync(Guid environmentId, string step, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => driftRevert.ExecuteAsync(actor, environmentId, step, cancellationToken), cancellationToken));

    public Task<Outcome<Guid>> IgnoreDriftAsync(Guid environmentId, string step, string resource, DateTimeOffset? until, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => driftIgnore.ExecuteAsync(actor, environmentId, step, resource, until, cancellationToken), cancellationToken));

    public Task<Outcome<SubmittedRequest>> DestroyAsync(Guid environmentId, string confirmation, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => changes.SubmitDestructionAsync(actor, environmentId, confirmation, cancellationToken), cancellationToken));
}
