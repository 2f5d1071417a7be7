using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Core.Topology;
using Portal.Features.Requests.Form;
using Portal.Features.Views;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Requests;

/// <summary>What the request pages need of queries and use cases; the seam their component tests stand at.</summary>
public interface IRequestDesk
{
    /// <summary>Beats at once and after each change of any environment or request.</summary>
    Subscription<long> WatchChanges();

    IViewDesk Views { get; }

    Task<Page<RequestSummary>> ListAsync(RequestFilter filter, CancellationToken cancellationToken);

    /// <returns>Null where there is no such request.</returns>
    Task<RequestDetail?> RequestAsync(long number, CancellationToken cancellationToken);

    Task<IReadOnlyList<TargetInfo>> TargetsAsync(CancellationToken cancellationToken);

    /// <summary>A block of addresses nobody in the target has.</summary>
    Task<string> SuggestCidrAsync(string target, CancellationToken cancellationToken);

    Task<Preview> PreviewAsync(Specification specification, CancellationToken cancellationToken);

    /// <param name="id">The draft's own: sent again, it is filed once.</param>
    Task<Outcome<SubmittedRequest>> SubmitAsync(Specification specification, Guid id, CancellationToken cancellationToken);
}

/// <inheritdoc cref="IRequestDesk"/>
public sealed class RequestDesk(
    PlanRequest plans, SubmitRequest submit, RequestQueries requests, EnvironmentQueries environments, IViewDesk views, OverviewFeed overview,
    CurrentActor current, TopologyBuilder topology, CostEstimator costs, DatabaseReach database) : IRequestDesk
{
    public Subscription<long> WatchChanges() => overview.WatchChanges();

    public IViewDesk Views => views;

    public Task<Page<RequestSummary>> ListAsync(RequestFilter filter, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await requests.RequestsAsync(await current.GetAsync(), filter, token), cancellationToken);

    public Task<RequestDetail?> RequestAsync(long number, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await requests.RequestAsync(await current.GetAsync(), number, token), cancellationToken);

    public Task<IReadOnlyList<TargetInfo>> TargetsAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async token => await environments.TargetsAsync(await current.GetAsync(), token), cancellationToken);

    public Task<string> SuggestCidrAsync(string target, CancellationToken cancellationToken) =>
        database.ReadAsync(token => plans.SuggestCidrAsync(target, token), cancellationToken);

    public async Task<Preview> PreviewAsync(Specification specification, CancellationToken cancellationToken)
    {
        var outcome = await database.ReadAsync(token => current.ActAsync(actor => plans.ExecuteAsync(actor, specification, token), token), cancellationToken);
        return new Preview(topology.Preview(Preview.Drawable(specification)), costs.Estimate(specification), outcome.Value?.Plan, outcome.Refusal);
    }

    public Task<Outcome<SubmittedRequest>> SubmitAsync(Specification specification, Guid id, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => submit.ExecuteAsync(actor, specification, id, cancellationToken), cancellationToken));
}
