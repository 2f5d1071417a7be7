using System.Text.Json;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Core.Approvals;
using Portal.Core.Images;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Teams;

namespace Portal.Core.Requests;

/// <summary>Something would be lost, and the name has not been typed.</summary>
public sealed record ConfirmationMissing(string Name, string What)
    : Refusal("confirmation_missing", $"{What} Type the name '{Name}' to confirm that you mean it.");

/// <summary>AWS would not do it.</summary>
public sealed record ChangeRefused(IReadOnlyList<string> Reasons) : Refusal("change_refused", string.Join(' ', Reasons));

public sealed record NothingToChange() : Refusal("nothing_to_change", "It is so already: nothing would be created, changed or deleted.");

/// <summary>Another request waits.</summary>
public sealed record RequestOpen(long Number) : Refusal("request_open", $"Request {Number} of this environment waits for a decision. Have it decided first.");

/// <summary>Another version has taken the place of the one that was read.</summary>
public sealed record VersionChanged(int Version) : Refusal("version_changed", $"The environment is at version {Version} by now. Read it again, and ask for the change of that.");

/// <summary>Asks for another version of an environment that exists, or for its end: the plan is the difference to what is there.</summary>
public sealed class ChangeEnvironment(
    Transactions transactions, IDbContextFactory<PortalDb> databases, PlanRequest plans, ImagePins images, ChangePlanner planner, Lifecycle lifecycle, RequestApproval approval, TeamLimits limits)
{
    /// <summary>The routes' template as it is deployed; null where there is none yet.</summary>
    public async Task<string?> RoutesAsync(Actor actor, Guid environmentId, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return null;
        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        return await EarlierRoutes.TemplateAsync(database, environmentId, cancellationToken);
    }

    /// <summary>What it would do, while somebody types.</summary>
    public Task<Outcome<PlannedChange>> PreviewAsync(Actor actor, Guid environmentId, Specification wanted, CancellationToken cancellationToken) =>
        WithAsync(actor, environmentId, (work, environment) => PlanAsync(work.Connection, environment, ImagePins.Keep(wanted, environment.Specification), cancellationToken), cancellationToken);

    /// <summary>What would go, and in which order.</summary>
    public Task<Outcome<PlannedChange>> PreviewDestructionAsync(Actor actor, Guid environmentId, CancellationToken cancellationToken) =>
        WithAsync<PlannedChange>(actor, environmentId, async (work, environment) => await DestructionAsync(work.Connection, environment, cancellationToken), cancellationToken);

    /// <param name="confirmation">The environment's name, where data would be lost.</param>
    public Task<Outcome<SubmittedRequest>> SubmitAsync(Actor actor, Guid environmentId, Specification wanted, string confirmation, CancellationToken cancellationToken) =>
        SubmitAsync(actor, environmentId, wanted, confirmation, ofVersion: null, cancellationToken);

    /// <param name="confirmation">The environment's name, where data would be lost.</param>
    /// <param name="ofVersion">Version of the specification that the change was made from: <see cref="VersionChanged"/> where it is another one by now. Null for whichever it is.</param>
    public async Task<Outcome<SubmittedRequest>> SubmitAsync(Actor actor, Guid environmentId, Specification wanted, string confirmation, int? ofVersion, CancellationToken cancellationToken)
    {
        // Others are waited for before anything is held.
        var before = await WithAsync<Specification>(actor, environmentId, (_, environment) => Task.FromResult<Outcome<Specification>>(environment.Specification), cancellationToken);
        return before.Refusal is { } refused
            ? refused
            : await SubmitAsync(actor, environmentId, await images.PinAsync(wanted, before.Value!, cancellationToken), confirmation, ofVersion, cancellationToken);
    }

    private Task<Outcome<SubmittedRequest>> SubmitAsync(Actor actor, Guid environmentId, PinnedSpecification pinned, string confirmation, int? ofVersion, CancellationToken cancellationToken) =>
        FilingAsync(actor, environmentId, async (work, environment) =>
        {
            var wanted = pinned.Specification;
            if (ofVersion is { } asked && await VersionAsync(work.Connection, environmentId) is var version && version != asked)
                return new VersionChanged(version);
            var outcome = await PlanAsync(work.Connection, environment, wanted, cancellationToken);
            if (outcome.Refusal is { } refusal)
                return refusal;
            var planned = outcome.Value!;
            if (planned.Work.Plan.Steps.Count == 0)
                return new NothingToChange();
            if (planned.Change!.LosesData && confirmation.Trim() != environment.Name)
                return new ConfirmationMissing(environment.Name, "Data would be lost.");
            if (planned.Change.LosesData && !actor.Lets(TokenScope.Destroy))
                return new NotAllowed("Data would be lost, and this token does not ask for that: it lacks the scope destroy.");
            return await FileAsync(work, actor, environment, RequestKind.Change, wanted, planned, $"{actor.Name} asked to change {environment.Name}", pinned.Pins);
        }, cancellationToken);

    /// <param name="confirmation">The environment's name.</param>
    public Task<Outcome<SubmittedRequest>> SubmitDestructionAsync(Actor actor, Guid environmentId, string confirmation, CancellationToken cancellationToken) =>
        FilingAsync(actor, environmentId, async (work, environment) =>
        {
            if (!actor.Lets(TokenScope.Destroy))
                return new NotAllowed("This token destroys nothing: it lacks the scope destroy.");
            if (confirmation.Trim() != environment.Name)
                return new ConfirmationMissing(environment.Name, "Everything of it would be taken away.");
            if (environment.IsProtected)
                return new EnvironmentProtected(environment.Name);
            var planned = await DestructionAsync(work.Connection, environment, cancellationToken);
            return await FileAsync(work, actor, environment, RequestKind.Destroy, environment.Specification, planned, $"{actor.Name} asked to destroy {environment.Name}");
        }, cancellationToken);

    /// <summary>The plan of a request as it would be made now, for the moment of its approval.</summary>
    internal async Task<Outcome<PlannedChange>> PlanAgainAsync(
        NpgsqlConnection connection, Guid environmentId, RequestKind kind, Specification wanted, CancellationToken cancellationToken)
    {
        if (await FoundEnvironment.FindAsync(connection, environmentId) is not { } environment)
            return new NotFound("There is no such environment.");
        if (kind == RequestKind.Destroy && environment.IsProtected)
            return new EnvironmentProtected(environment.Name);
        return kind == RequestKind.Destroy
            ? await DestructionAsync(connection, environment, cancellationToken)
            : await PlanAsync(connection, environment, wanted, cancellationToken);
    }

    private async Task<Outcome<T>> WithAsync<T>(
        Actor actor, Guid environmentId, Func<Work, FoundEnvironment, Task<Outcome<T>>> ask, CancellationToken cancellationToken) =>
        NotAllowedTo(actor) ?? await transactions.DoAsync(work => FoundAsync(work, actor, environmentId, ask), outcome => !outcome.IsRefused, cancellationToken);

    // What a rule lets pass begins at once, with a job.
    private async Task<Outcome<SubmittedRequest>> FilingAsync(
        Actor actor, Guid environmentId, Func<JobWork, FoundEnvironment, Task<Outcome<SubmittedRequest>>> ask, CancellationToken cancellationToken) =>
        NotAllowedTo(actor) ?? await transactions.DoWithJobsAsync(work => FoundAsync(work, actor, environmentId, async (_, environment) =>
        {
            await TeamLimits.HoldAsync(work.Connection, environment.Team);
            return await ask(work, environment);
        }), outcome => !outcome.IsRefused, cancellationToken);

    private static Refusal? NotAllowedTo(Actor actor) => actor.May(Permission.RequestEnvironment)
        ? null
        : new NotAllowed($"{actor.Name} may look, but not ask for changes. Ask for the role {Roles.Engineer}.");

    private static async Task<Outcome<T>> FoundAsync<TWork, T>(TWork work, Actor actor, Guid environmentId, Func<TWork, FoundEnvironment, Task<Outcome<T>>> ask)
        where TWork : Work
    {
        if (await FoundEnvironment.FindAsync(work.Connection, environmentId) is not { } environment)
            return new NotFound("There is no such environment.");
        if (environment.Ownership.Refusal(actor) is { } refusal)
            return refusal;
        if (environment.State is EnvironmentState.Requested)
            return new NotAllowed($"{environment.Name} does not exist yet: have the request for it decided first.");
        return environment.State.Exists() ? await ask(work, environment) : new NotFound($"{environment.Name} does not exist any more.");
    }

    private async Task<Outcome<PlannedChange>> PlanAsync(NpgsqlConnection connection, FoundEnvironment environment, Specification wanted, CancellationToken cancellationToken)
    {
        List<FieldError> fixedFields = [.. plans.Kept(environment, wanted), .. SharedStoreRules.Moved(environment.Specification, wanted)];
        if (fixedFields.Count > 0)
            return new InvalidSpecification(fixedFields);
        // What sleeps would go on sleeping, and the environment be called ready.
        if (environment.IsAsleep)
            return EnvironmentBusy.Asleep(environment.Name);
        await using var context = await databases.OnAsync(connection, cancellationToken);
        var target = await plans.CheckAsync(context, wanted, environment.OwnerName, environment.Id, cancellationToken);
        if (target.Refusal is { } refusal)
            return refusal;
        var planned = await planner.ChangeAsync(connection, environment.Id, wanted, target.Value!, cancellationToken);
        if (planned.Change!.IsRefused)
            return new ChangeRefused(planned.Change.Sentences);
        var claim = new Claim(environment.Team, environment.OwnerId, wanted.Class, environment.Id, planned.Work.Plan.Cost.Monthly);
        return await limits.CheckAsync(connection, claim, environment.MonthlyCost) is { Count: > 0 } over ? new InvalidSpecification(over) : planned;
    }

    // Held, so that nothing takes its place until the request is filed.
    private static Task<int> VersionAsync(NpgsqlConnection connection, Guid environmentId) =>
        connection.ExecuteScalarAsync<int>("select specification_version from environments where id = @environmentId for update", new { environmentId });

    private Task<PlannedChange> DestructionAsync(NpgsqlConnection connection, FoundEnvironment environment, CancellationToken cancellationToken) =>
        planner.DestroyAsync(connection, environment.Id, environment.Plan, cancellationToken);

    private async Task<Outcome<SubmittedRequest>> FileAsync(
        JobWork work, Actor actor, FoundEnvironment environment, RequestKind kind, Specification specification, PlannedChange planned, string sentence, IReadOnlyList<ImagePin>? pins = null)
    {
        // One at a time an environment; the row's lock keeps two who ask at once apart.
        await work.Connection.ExecuteAsync("select 1 from environments where id = @Id for update", new { environment.Id });
        if (await work.Connection.ExecuteScalarAsync<long?>("select number from requests where environment_id = @Id and state = 'Submitted'", new { environment.Id }) is { } open)
            return new RequestOpen(open);
        var facts = await RequestFacts.OfAsync(work.Connection, kind, specification, planned.Work.Plan, environment.Ownership.TeamsOf(actor), environment.GoldenPath, environment.Id, planned.Change?.LosesData ?? false);
        facts = facts.WithImages(specification, pins);
        var request = new NewRequest(Guid.CreateVersion7(), environment.Id, kind, specification, planned.Work, actor, facts, approval.FirstTurn(facts));
        var filed = await lifecycle.SubmitAsync(work, request, new NewEvent(actor, environment.Id, null, null, "request.submitted", EventSeverity.Info, sentence));
        return await approval.ByRuleAsync(work, request, filed);
    }
}
