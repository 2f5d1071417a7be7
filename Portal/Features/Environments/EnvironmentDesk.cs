using Portal.Core.Environments;
using Portal.Core.Requests;
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

    Task<IReadOnlyList<TargetInfo>> TargetsAsync(CancellationToken cancellationToken);

    Task<DashboardPage> DashboardAsync(EnvironmentFilter filter, CancellationToken cancellationToken);

    /// <summary>The newest environment of that name; null where there is none.</summary>
    Task<Guid?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>The environment as it is and as it changes.</summary>
    Subscription<EnvironmentSnapshot?> Watch(Guid environmentId);

    /// <inheritdoc cref="EnvironmentQueries.EventsAsync"/>
    Task<EventStretch> EventsAsync(Guid environmentId, EventFilter filter, long upTo, int skip, int count, CancellationToken cancellationToken);

    /// <inheritdoc cref="EnvironmentQueries.ActorsAsync"/>
    Task<IReadOnlyList<string>> ActorsAsync(Guid environmentId, CancellationToken cancellationToken);

    /// <summary>Goes on with an operation from where it failed.</summary>
    Task<Outcome<Guid>> RetryAsync(Guid operationId, CancellationToken cancellationToken);
}

/// <inheritdoc cref="IEnvironmentDesk"/>
public sealed class EnvironmentDesk(
    EnvironmentQueries environments, DashboardQueries dashboard, RetryOperation retry, IViewDesk views, EnvironmentFeed feed, OverviewFeed overview, CurrentActor current,
    DatabaseReach database)
    : IEnvironmentDesk
{
    public Subscription<long> WatchChanges() => overview.WatchChanges();

    public IViewDesk Views => views;

    public Task<IReadOnlyList<TargetInfo>> TargetsAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async token => await environments.TargetsAsync(await current.GetAsync(), token), cancellationToken);

    public Task<DashboardPage> DashboardAsync(EnvironmentFilter filter, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await dashboard.DashboardAsync(await current.GetAsync(), filter, token), cancellationToken);

    public Task<Guid?> FindAsync(string name, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await environments.FindAsync(await current.GetAsync(), name, token), cancellationToken);

    public Subscription<EnvironmentSnapshot?> Watch(Guid environmentId) => feed.Watch(environmentId);

    public Task<EventStretch> EventsAsync(Guid environmentId, EventFilter filter, long upTo, int skip, int count, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await environments.EventsAsync(await current.GetAsync(), environmentId, filter, upTo, skip, count, token), cancellationToken);

    public Task<IReadOnlyList<string>> ActorsAsync(Guid environmentId, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await environments.ActorsAsync(await current.GetAsync(), environmentId, token), cancellationToken);

    public Task<Outcome<Guid>> RetryAsync(Guid operationId, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => retry.ExecuteAsync(actor, operationId, cancellationToken), cancellationToken));
}
