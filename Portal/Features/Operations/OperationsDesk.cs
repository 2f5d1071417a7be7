using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Operations;

/// <summary>All that the page of operations shows, each part bounded.</summary>
/// <param name="Counts">Of all environments.</param>
/// <param name="Waiting">Requests that wait for a decision, the oldest first.</param>
/// <param name="Failed">Environments that stand still until somebody decides, the newest first.</param>
/// <param name="Degraded">Environments that are observed not to be healthy, the newest first.</param>
public sealed record OperationsView(Overview Overview, DashboardCounts Counts, Page<RequestSummary> Waiting, Page<EnvironmentSummary> Failed, Page<EnvironmentSummary> Degraded);

/// <summary>What the page of operations needs of queries and feed; the seam its component tests stand at.</summary>
public interface IOperationsDesk
{
    Subscription<long> WatchChanges();

    /// <param name="zone">In which days begin and end.</param>
    Task<OperationsView> ReadAsync(TimeZoneInfo zone, CancellationToken cancellationToken);
}

/// <inheritdoc cref="IOperationsDesk"/>
public sealed class OperationsDesk(OverviewQueries overview, DashboardQueries environments, RequestQueries requests, OverviewFeed feed, CurrentActor current, DatabaseReach database) : IOperationsDesk
{
    /// <summary>Of each kind of what is to be looked at; the lists themselves have the rest.</summary>
    public const int Shown = 6;

    public Subscription<long> WatchChanges() => feed.WatchChanges();

    public Task<OperationsView> ReadAsync(TimeZoneInfo zone, CancellationToken cancellationToken) => database.ReadAsync(
        async token =>
        {
            var actor = await current.GetAsync();
            var failed = await environments.DashboardAsync(actor, new EnvironmentFilter { Group = EnvironmentGroup.Failed, PageSize = Shown }, token);
            var degraded = await environments.PageAsync(actor, new EnvironmentFilter { Group = EnvironmentGroup.Degraded, PageSize = Shown }, token);
            return new OperationsView(
                await overview.ReadAsync(actor, zone, token), failed.Counts,
                await requests.RequestsAsync(actor, new RequestFilter { State = RequestState.Submitted, PageSize = Shown }, token),
                failed.Page, degraded);
        }, cancellationToken);
}
