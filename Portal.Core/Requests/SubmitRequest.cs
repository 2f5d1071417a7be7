using Dapper;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Core.Approvals;
using Portal.Core.Drafts;
using Portal.Core.Images;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Teams;

namespace Portal.Core.Requests;

/// <summary>Files a specification of a new environment with its plan for approval.</summary>
public sealed class SubmitRequest(Transactions transactions, IDbContextFactory<PortalDb> databases, PlanRequest plans, ImagePins images, Lifecycle lifecycle, RequestApproval approval)
{
    /// <inheritdoc cref="ExecuteAsync(Actor, Specification, Guid, AskedFor, CancellationToken)"/>
    public Task<Outcome<SubmittedRequest>> ExecuteAsync(Actor actor, Specification specification, CancellationToken cancellationToken) =>
        ExecuteAsync(actor, specification, Guid.CreateVersion7(), AskedFor.Nothing, cancellationToken);

    /// <inheritdoc cref="ExecuteAsync(Actor, Specification, Guid, AskedFor, CancellationToken)"/>
    public Task<Outcome<SubmittedRequest>> ExecuteAsync(Actor actor, Specification specification, Guid requestId, CancellationToken cancellationToken) =>
        ExecuteAsync(actor, specification, requestId, AskedFor.Nothing, cancellationToken);

    /// <param name="requestId">The caller's own: asking again with the same, because no answer came, files nothing twice. The actor's draft with this id is gone with it.</param>
    /// <returns>The request's number, or <see cref="InvalidSpecification"/>, <see cref="NotAllowed"/>.</returns>
    public async Task<Outcome<SubmittedRequest>> ExecuteAsync(Actor actor, Specification specification, Guid requestId, AskedFor asked, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not ask for environments. Ask for the role {Roles.Engineer}.");
        // Others are waited for before anything is held.
        var pinned = await images.PinAsync(specification, null, cancellationToken);
        try
        {
            return await transactions.DoWithJobsAsync(
                work => SubmitAsync(work, actor, pinned, requestId, asked, cancellationToken), outcome => !outcome.IsRefused, cancellationToken);
        }
        catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "environments_name" })
        {
            return new InvalidSpecification([new FieldError("environment", specification.Environment, new NameTaken(specification.Environment).Message)]);
        }
    }

    private async Task<Outcome<SubmittedRequest>> SubmitAsync(
        JobWork work, Actor actor, PinnedSpecification pinned, Guid requestId, AskedFor asked, CancellationToken cancellationToken)
    {
        var specification = pinned.Specification;
        await HoldTargetAsync(work.Connection, specification.Target);
        var team = actor.TeamOr(asked.Team);
        await TeamLimits.HoldAsync(work.Connection, team);
        await using var context = await databases.OnAsync(work.Connection, cancellationToken);
        if (await context.Requests.FirstOrDefaultAsync(row => row.Id == requestId, cancellationToken) is { } filed)
            return await FiledAsync(context, actor, filed, cancellationToken);
        var outcome = await plans.PlanAsync(context, specification, actor, asked, cancellationToken);
        if (outcome.Refusal is { } refusal)
            return refusal;
        var environment = new NewEnvironment(Guid.CreateVersion7(), specification.Environment, specification.Target, specification.Network.Cidr, actor, team, asked.GoldenPath);
        await lifecycle.BeginAsync(work, environment);
        var facts = await RequestFacts.OfAsync(work.Connection, RequestKind.Create, specification, outcome.Value!.Plan, new Ownership(environment.Name, team).TeamsOf(actor), asked.GoldenPath);
        facts = facts.WithImages(specification, pinned.Pins);
        var request = new NewRequest(requestId, environment.Id, RequestKind.Create, specification, outcome.Value!, actor, facts, approval.FirstTurn(facts));
        var submitted = await lifecycle.SubmitAsync(work, request, new NewEvent(actor, environment.Id, null, null, "request.submitted", EventSeverity.Info, $"{actor.Name} asked for {environment.Name}"));
        await RemoveDraft.InAsync(work.Connection, actor, requestId);
        return await approval.ByRuleAsync(work, request, submitted);
    }

    /// <summary>Until the end of the transaction nobody else files anything for the target: two requests for overlapping networks must not both see it free.</summary>
    internal static Task HoldTargetAsync(NpgsqlConnection connection, string target) =>
        connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('submit:' || @Target, 0))", new { Target = PlainText.Clean(target) });

    private static async Task<Outcome<SubmittedRequest>> FiledAsync(PortalDb database, Actor actor, RequestRow filed, CancellationToken cancellationToken)
    {
        if (filed.RequestedById != actor.Subject)
            return new NotAllowed("Somebody else has filed a request with this id. Discard the draft and begin a new one.");
        var name = await database.Environments.Where(row => row.Id == filed.EnvironmentId).Select(row => row.Name).FirstAsync(cancellationToken);
        var byRule = await database.Approvals.AnyAsync(row => row.RequestId == filed.Id && row.ById == Actor.System.Subject, cancellationToken);
        return new SubmittedRequest(filed.Id, filed.Number, filed.SpecificationVersion, filed.EnvironmentId, name, byRule);
    }
}
