using Portal.Core.Environments;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Topology;
using Portal.Features.Requests.Form;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Requests;

/// <summary>What the request form needs of the use cases; the seam its component tests stand at.</summary>
public interface IRequestDesk
{
    Task<IReadOnlyList<TargetRow>> TargetsAsync(CancellationToken cancellationToken);

    /// <summary>A block of addresses nobody in the target has.</summary>
    Task<string> SuggestCidrAsync(string target, CancellationToken cancellationToken);

    Task<Preview> PreviewAsync(Actor actor, Specification specification, CancellationToken cancellationToken);

    Task<Outcome<SubmittedRequest>> SubmitAsync(Actor actor, Specification specification, CancellationToken cancellationToken);
}

/// <inheritdoc cref="IRequestDesk"/>
public sealed class RequestDesk(
    PlanRequest plans, SubmitRequest submit, EnvironmentQueries queries, CurrentActor current, TopologyBuilder topology, CostEstimator costs) : IRequestDesk
{
    public async Task<IReadOnlyList<TargetRow>> TargetsAsync(CancellationToken cancellationToken) => await queries.TargetsAsync(await current.GetAsync(), cancellationToken);

    public Task<string> SuggestCidrAsync(string target, CancellationToken cancellationToken) => plans.SuggestCidrAsync(target, cancellationToken);

    public async Task<Preview> PreviewAsync(Actor actor, Specification specification, CancellationToken cancellationToken)
    {
        var outcome = await plans.ExecuteAsync(actor, specification, cancellationToken);
        return new Preview(topology.Preview(Preview.Drawable(specification)), costs.Estimate(specification), outcome.Value?.Plan, outcome.Refusal);
    }

    public Task<Outcome<SubmittedRequest>> SubmitAsync(Actor actor, Specification specification, CancellationToken cancellationToken) =>
        submit.ExecuteAsync(actor, specification, cancellationToken);
}
