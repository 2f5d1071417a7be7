using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Core.Approvals;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Core.Requests;

/// <summary>What would be done if a request asked for something else.</summary>
/// <param name="Work">With a plan that no approval of the request until now is of.</param>
/// <param name="Facts">What the rules of approval look at.</param>
/// <param name="Change">What AWS and Kubernetes would do to what is there; null for a creation.</param>
public sealed record PlannedRevision(PlannedWork Work, RequestFacts Facts, PlannedChange? Change)
{
    /// <summary>Whether data of what is there would be lost.</summary>
    public bool LosesData => Change?.Change is { LosesData: true };
}

/// <summary>Plans something else in the place of what a request that waits asks for, with every check that it went through itself.</summary>
public sealed class RevisionPlanner(IDbContextFactory<PortalDb> databases, PlanRequest plans, ChangeEnvironment changes)
{
    /// <param name="images">What was said of those that the request did not have.</param>
    internal async Task<Outcome<PlannedRevision>> PlanAsync(NpgsqlConnection connection, FoundRequest request, Specification wanted, IReadOnlyList<ImagePin>? images, CancellationToken cancellationToken)
    {
        if (request.Kind == RequestKind.Destroy)
            return new NothingToPropose();
        var outcome = await WorkAsync(connection, request, wanted, cancellationToken);
        if (outcome.Refusal is { } refusal)
            return refusal;
        var (work, change) = outcome.Value;
        if (work.Plan.Steps.Count == 0)
            return new NothingToChange();
        var accepted = await Proposals.AcceptedAsync(connection, request.Id);
        work = work with { Plan = work.Plan with { Revision = accepted.Count + 1 } };
        var facts = await RequestFacts.OfAsync(
            connection, request.Kind, wanted, work.Plan, request.Facts?.Teams ?? [], request.Facts?.GoldenPath ?? "", request.Kind == RequestKind.Create ? null : request.EnvironmentId, change?.Change?.LosesData ?? false);
        return new PlannedRevision(work, facts.WithImages(wanted, images, request.Facts?.Images), change);
    }

    private async Task<Outcome<(PlannedWork Work, PlannedChange? Change)>> WorkAsync(NpgsqlConnection connection, FoundRequest request, Specification wanted, CancellationToken cancellationToken)
    {
        if (request.Kind == RequestKind.Change)
        {
            var change = await changes.PlanAgainAsync(connection, request.EnvironmentId, request.Kind, wanted, cancellationToken);
            return change.Refusal is { } refused ? refused : (change.Value!.Work, change.Value);
        }

        if (await FoundEnvironment.FindAsync(connection, request.EnvironmentId) is not { } asked)
            return new NotFound("There is no such environment.");
        await using var context = await databases.OnAsync(connection, cancellationToken);
        var planned = await plans.PlanInsteadAsync(context, asked, wanted, cancellationToken);
        return planned.Refusal is { } refusal ? refusal : (planned.Value!, null);
    }
}
