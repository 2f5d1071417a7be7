using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
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

    Task<Outcome<SubmittedRequest>> SubmitAsync(Specification specification, CancellationToken cancellationToken);
}

/// <inheritdoc cref="IRequestDesk"/>
public sealed class RequestDesk(
    PlanRequest plans, SubmitRequest submit, RequestQueries requests, EnvironmentQueries environments, IViewDesk views, OverviewFeed overview,
    CurrentActor current, TopologyBuilder topology, CostEstimator costs) : IRequestDesk
{
    public Subscription<long> WatchChanges() => overview.WatchChanges();

    public IViewDesk Views => views;

    public async Task<Page<RequestSummary>> ListAsync(RequestFilter filter, CancellationToken cancellationToken) =>
        await requests.RequestsAsync(await current.GetAsync(), filter, cancellationToken);

    public async Task<RequestDetail?> RequestAsync(long number, CancellationToken cancellationToken) =>
        await requests.RequestAsync(await current.GetAsync(), number, cancellationToken);

    public async Task<IReadOnlyList<TargetInfo>> TargetsAsync(CancellationToken cancellationToken) => await environments.TargetsAsync(await current.GetAsync(), cancellationToken);

    public Task<string> SuggestCidrAsync(string target, CancellationToken cancellationToken) => plans.SuggestCidrAsync(target, cancellationToken);

    public async Task<Preview> PreviewAsync(Specification specification, CancellationToken cancellationToken)
    {
        var outcome = await current.ActAsync(actor => plans.ExecuteAsync(actor, specification, cancellationToken), cancellationToken);
        return new Preview(topology.Preview(Preview.Drawable(specification)), costs.Estimate(specification), outcome.Value?.Plan, outcome.Refusal);
    }

    public Task<Outcome<SubmittedRequest>> SubmitAsync(Specification specification, CancellationToken cancellationToken) =>
        current.ActAsync(actor => submit.ExecuteAsync(actor, specification, cancellationToken), cancellationToken);
}
