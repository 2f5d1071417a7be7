using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Teams;
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

    IDraftDesk Drafts { get; }

    IProposalDesk Proposals { get; }

    /// <summary>Whether somebody is among those who decide.</summary>
    bool HasInbox(Actor actor);

    Task<Page<RequestSummary>> ListAsync(RequestFilter filter, CancellationToken cancellationToken);

    /// <returns>Null where there is no such request.</returns>
    Task<RequestDetail?> RequestAsync(long number, CancellationToken cancellationToken);

    Task<Outcome<Guid>> WithdrawAsync(Guid requestId, CancellationToken cancellationToken);

    Task<IReadOnlyList<TargetInfo>> TargetsAsync(CancellationToken cancellationToken);

    /// <summary>Whose an environment may be that the person asks for.</summary>
    Task<IReadOnlyList<string>> TeamsAsync(CancellationToken cancellationToken);

    /// <summary>A block of addresses nobody in the target has.</summary>
    Task<string> SuggestCidrAsync(string target, CancellationToken cancellationToken);

    /// <summary>What the environment of that name is; null where none is left to change.</summary>
    Task<ChangeSubject?> ChangeableAsync(string name, CancellationToken cancellationToken);

    /// <param name="subject">The environment that is to become so; null for a new one.</param>
    Task<Preview> PreviewAsync(Specification specification, AskedFor asked, ChangeSubject? subject, CancellationToken cancellationToken);

    /// <summary>What would become of the images if it were submitted now: their registries are asked.</summary>
    /// <param name="subject">The environment that is to become so; null for a new one.</param>
    Task<IReadOnlyList<ImagePin>> ImagesAsync(Specification specification, ChangeSubject? subject, CancellationToken cancellationToken);

    /// <param name="id">The draft's own: sent again, it is filed once.</param>
    /// <param name="subject">The environment that is to become so; null for a new one.</param>
    /// <param name="confirmation">The environment's name, where data would be lost.</param>
    Task<Outcome<SubmittedRequest>> SubmitAsync(Specification specification, AskedFor asked, Guid id, ChangeSubject? subject, string confirmation, CancellationToken cancellationToken);
}

/// <inheritdoc cref="IRequestDesk"/>
public sealed class RequestDesk(
    PlanRequest plans, KnownTeams teams, TeamQueries limits, SubmitRequest submit, WithdrawRequest withdraw, ChangeEnvironment changes, ReviewImages images, RequestQueries requests, EnvironmentQueries environments, IViewDesk views, IDraftDesk drafts, IProposalDesk proposals, OverviewFeed overview,
    ApprovalPolicy policy, CurrentActor current, StepDurations durations, TopologyBuilder topology, CostEstimator costs, DatabaseReach database) : IRequestDesk
{
    public Subscription<long> WatchChanges() => overview.WatchChanges();

    public IViewDesk Views => views;

    public IDraftDesk Drafts => drafts;

    public IProposalDesk Proposals => proposals;

    public bool HasInbox(Actor actor) => policy.MayEverDecide(actor);

    public Task<Page<RequestSummary>> ListAsync(RequestFilter filter, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await requests.RequestsAsync(await current.GetAsync(), filter, token), cancellationToken);

    public Task<RequestDetail?> RequestAsync(long number, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await requests.RequestAsync(await current.GetAsync(), number, token), cancellationToken);

    public Task<Outcome<Guid>> WithdrawAsync(Guid requestId, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => withdraw.ExecuteAsync(actor, requestId, cancellationToken), cancellationToken));

    public Task<IReadOnlyList<TargetInfo>> TargetsAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async token => await environments.TargetsAsync(await current.GetAsync(), token), cancellationToken);

    public Task<IReadOnlyList<string>> TeamsAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async token => await teams.ChoicesAsync(await current.GetAsync(), token), cancellationToken);

    private Task<IReadOnlyList<LimitUse>> LimitsAsync(string team, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await limits.UsesAsync(await current.GetAsync(), team, token), cancellationToken);

    public Task<string> SuggestCidrAsync(string target, CancellationToken cancellationToken) =>
        database.ReadAsync(token => plans.SuggestCidrAsync(target, token), cancellationToken);

    public async Task<ChangeSubject?> ChangeableAsync(string name, CancellationToken cancellationToken)
    {
        var id = await database.ReadAsync(async token => await environments.FindAsync(await current.GetAsync(), name, token), cancellationToken);
        var snapshot = id is null ? null : await database.ReadAsync(token => environments.SnapshotAsync(id.Value, token), cancellationToken);
        if (snapshot is null || !snapshot.Environment.State.Exists())
            return null;
        var routes = await database.ReadAsync(async token => await changes.RoutesAsync(await current.GetAsync(), snapshot.Environment.Id, token), cancellationToken);
        return new ChangeSubject(snapshot.Environment.Id, snapshot.Specification)
        {
            Team = snapshot.Environment.Team,
            GoldenPath = snapshot.Environment.GoldenPath,
            Deployed = [.. snapshot.Deployed.Select(step => step.Name)],
            RouteHash = routes is null ? "" : EdgeRoutes.HashOf(routes, snapshot.Specification.Edge.Stage) ?? "",
        };
    }

    public async Task<Preview> PreviewAsync(Specification specification, AskedFor asked, ChangeSubject? subject, CancellationToken cancellationToken)
    {
        var (picture, cost) = (topology.Preview(Preview.Drawable(specification)), costs.Estimate(specification));
        if (subject is null)
        {
            var outcome = await database.ReadAsync(token => current.ActAsync(actor => plans.ExecuteAsync(actor, specification, asked, token), token), cancellationToken);
            return new Preview(picture, cost, await ExpectAsync(outcome.Value?.Plan, [], cancellationToken), outcome.Refusal)
            {
                Limits = await LimitsAsync((await current.GetAsync()).TeamOr(asked.Team), cancellationToken),
                Needs = await NeedsAsync(RequestKind.Create, specification, outcome.Value?.Plan, asked, null, losesData: false, cancellationToken),
            };
        }

        if (subject.Proposal is { } proposal)
            return await PreviewAsync(picture, cost, specification, subject, proposal, cancellationToken);
        var change = await database.ReadAsync(token => current.ActAsync(actor => changes.PreviewAsync(actor, subject.EnvironmentId, specification, token), token), cancellationToken);
        var there = (subject.Deployed ?? []).ToHashSet(StringComparer.Ordinal);
        return new Preview(Drawn(picture, specification, subject, change.Value?.Work.Plan), cost, await ExpectAsync(change.Value?.Work.Plan, there, cancellationToken), change.Refusal)
        {
            LosesData = change.Value?.Change is { LosesData: true },
            Limits = await LimitsAsync(subject.Team, cancellationToken),
            Needs = await NeedsAsync(RequestKind.Change, specification, change.Value?.Work.Plan, new AskedFor(subject.Team, subject.GoldenPath), subject.EnvironmentId, change.Value?.Change is { LosesData: true }, cancellationToken),
        };
    }

    private async Task<Preview> PreviewAsync(
        EnvironmentTopology picture, CostEstimate cost, Specification specification, ChangeSubject subject, ProposalSubject proposal, CancellationToken cancellationToken)
    {
        var outcome = await proposals.PreviewAsync(proposal, specification, cancellationToken);
        return new Preview(Drawn(picture, specification, subject, outcome.Value?.Work.Plan), cost, await ExpectAsync(outcome.Value?.Work.Plan, (subject.Deployed ?? []).ToHashSet(StringComparer.Ordinal), cancellationToken), outcome.Refusal)
        {
            LosesData = outcome.Value is { LosesData: true },
            Limits = await LimitsAsync(subject.Team, cancellationToken),
            Needs = outcome.Value is { } planned ? ApprovalNeeds.Of(policy, planned.Facts) : null,
        };
    }

    // Of what is there already: what would come, change and go.
    private EnvironmentTopology Drawn(EnvironmentTopology picture, Specification specification, ChangeSubject subject, Plan? plan) => plan is null || !subject.Exists
        ? picture
        : topology.Difference(Preview.Drawable(specification), plan, (subject.Deployed ?? []).ToHashSet(StringComparer.Ordinal));

    private async Task<ApprovalNeeds?> NeedsAsync(RequestKind kind, Specification specification, Plan? plan, AskedFor asked, Guid? environment, bool losesData, CancellationToken cancellationToken) => plan is null
        ? null
        : await database.ReadAsync(async token => await requests.NeedsAsync(await current.GetAsync(), kind, specification, plan, asked, environment, losesData, token), cancellationToken);

    private async Task<Plan?> ExpectAsync(Plan? plan, HashSet<string> there, CancellationToken cancellationToken)
    {
        if (plan is null)
            return null;
        var pace = (await TargetsAsync(cancellationToken)).FirstOrDefault(target => target.Name == plan.Target)?.Pace ?? 1;
        return await database.ReadAsync(token => durations.ExpectAsync(plan, pace, there, token), cancellationToken);
    }

    public async Task<IReadOnlyList<ImagePin>> ImagesAsync(Specification specification, ChangeSubject? subject, CancellationToken cancellationToken) =>
        await images.ExecuteAsync(await current.GetAsync(), specification, subject?.Specification, cancellationToken);

    public Task<Outcome<SubmittedRequest>> SubmitAsync(Specification specification, AskedFor asked, Guid id, ChangeSubject? subject, string confirmation, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(
            actor => subject is null
                ? submit.ExecuteAsync(actor, specification, id, asked, cancellationToken)
                : changes.SubmitAsync(actor, subject.EnvironmentId, specification, confirmation, cancellationToken),
            cancellationToken));
}
