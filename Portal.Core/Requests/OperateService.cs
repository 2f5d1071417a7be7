using System.Text.Json;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Teams;

namespace Portal.Core.Requests;

/// <summary>Nothing of that kind can be done to what the service is.</summary>
public sealed record NotOperable(string Why) : Refusal("not_operable", Why);

/// <summary>What a roll-back would bring.</summary>
/// <param name="Since">When the operation finished that brought it the last time.</param>
public sealed record EarlierImage(string Image, DateTimeOffset Since);

/// <summary>
/// Small operations on one service of an environment, each on its release alone: they cost nothing, lose nothing and can be taken back, so
/// that nobody has to approve them.
/// </summary>
public sealed class OperateService(NpgsqlDataSource database, Transactions transactions, IDbContextFactory<PortalDb> databases, PlanRequest plans, ChangePlanner planner, Lifecycle lifecycle)
{
    /// <summary>New pods of the same kind, a few at a time.</summary>
    /// <returns>The operation's id; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, <see cref="EnvironmentBusy"/>.</returns>
    public Task<Outcome<Guid>> RestartAsync(Actor actor, Guid environmentId, string service, CancellationToken cancellationToken) =>
        WithAsync(actor, environmentId, service, async (work, found, release) =>
            RunsAtTimes(found, service) is { } refusal ? refusal : found.Becomes == EnvironmentState.Ready
                ? await QueueAsync(
                    work, new NewOperation(environmentId, null, OperationKind.Restart, ServicePlans.Restart(found.Plan, release), actor) { Line = new LinePlace(IsPlannedAnew: true, release.Name) },
                    service, $"{actor.Name} restarts {service}")
                : NotReady(found), cancellationToken);

    /// <summary>A scheduled job runs once now, beside its times, with the image and variables that it has.</summary>
    /// <returns>The operation's id; or as <see cref="RestartAsync"/>.</returns>
    public Task<Outcome<Guid>> RunAsync(Actor actor, Guid environmentId, string service, CancellationToken cancellationToken) =>
        WithAsync(actor, environmentId, service, async (work, found, release) => WorkloadValues.KindOf(release) != WorkloadValues.Schedule
            ? new NotOperable($"{service} runs always: there is nothing of it that could begin now.")
            : found.Becomes == EnvironmentState.Ready
                ? await QueueAsync(
                    work, new NewOperation(environmentId, null, OperationKind.RunJob, ServicePlans.Run(found.Plan, release), actor) { Line = new LinePlace(IsPlannedAnew: true, release.Name) },
                    service, $"{actor.Name} has {service} run now")
                : NotReady(found), cancellationToken);

    /// <param name="replicas">Pods; the lowest number of them, where the service scales by itself.</param>
    /// <returns>The operation's id; or <see cref="InvalidSpecification"/> with the field <c>services[n].replicas</c>, <see cref="NothingToChange"/> and as <see cref="RestartAsync"/>.</returns>
    public Task<Outcome<Guid>> ScaleAsync(Actor actor, Guid environmentId, string service, int replicas, CancellationToken cancellationToken) =>
        WithAsync(actor, environmentId, service, async (work, found, _) => RunsAtTimes(found, service) is { } refusal ? refusal : await ChangeAsync(
            work, actor, found, OperationKind.Scale, service, one => one with { Replicas = replicas },
            $"{actor.Name} scales {service} to {replicas} {(replicas == 1 ? "pod" : "pods")}", cancellationToken), cancellationToken);

    /// <summary>Back to the image that <see cref="EarlierAsync"/> names.</summary>
    /// <param name="image">What the person was shown.</param>
    /// <returns>The operation's id; or <see cref="NotFound"/> where there never was another image, <see cref="PlanChanged"/> where it is another one by now, and as <see cref="RestartAsync"/>.</returns>
    public Task<Outcome<Guid>> RollBackAsync(Actor actor, Guid environmentId, string service, string image, CancellationToken cancellationToken) =>
        WithAsync(actor, environmentId, service, async (work, found, _) =>
        {
            if (await FindEarlierAsync(work.Connection, found, service) is not { } earlier)
                return new NotFound($"{service} never had another image here.");
            if (earlier.Image != image)
                return new PlanChanged();
            return await ChangeAsync(
                work, actor, found, OperationKind.RollBack, service, one => one with { Image = earlier.Image }, $"{actor.Name} rolls {service} back to {earlier.Image}", cancellationToken);
        }, cancellationToken);

    /// <summary>The image that the service had before the one it has; null where there was none.</summary>
    public async Task<EarlierImage?> EarlierAsync(Actor actor, Guid environmentId, string service, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.View))
            return null;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await FoundEnvironment.FindAsync(connection, environmentId) is { } found && found.Ownership.Allows(actor) ? await FindEarlierAsync(connection, found, service) : null;
    }

    // Only what was carried out counts: a version that was asked for and turned down never ran.
    private static async Task<EarlierImage?> FindEarlierAsync(NpgsqlConnection connection, FoundEnvironment found, string service)
    {
        if (found.Specification.Services.FirstOrDefault(one => one.Name == service) is not { } now)
            return null;
        var row = await connection.QueryFirstOrDefaultAsync<(string Image, DateTime Since)?>(
            """
            select one ->> 'image', o.finished_at
            from operations o
            join specifications s on s.environment_id = o.environment_id and s.version = o.specification_version
            cross join lateral jsonb_array_elements(s.document -> 'services') one
            where o.environment_id = @Id and o.state = 'Succeeded' and one ->> 'name' = @service and one ->> 'image' <> @Image
            order by o.created_at desc
            limit 1
            """, new { found.Id, service, now.Image });
        return row is { } earlier ? new EarlierImage(earlier.Image, new DateTimeOffset(earlier.Since, TimeSpan.Zero)) : null;
    }

    private async Task<Outcome<Guid>> WithAsync(
        Actor actor, Guid environmentId, string service, Func<JobWork, FoundEnvironment, PlannedStep, Task<Outcome<Guid>>> operate, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not change anything. Ask for the role {Roles.Engineer}.");
        return await transactions.DoWithJobsAsync<Outcome<Guid>>(async work =>
        {
            await Lifecycle.HoldEnvironmentAsync(work, environmentId);
            if (await FoundEnvironment.FindAsync(work.Connection, environmentId) is not { } found)
                return new NotFound("There is no such environment.");
            if (found.Ownership.Refusal(actor) is { } refusal)
                return refusal;
            var deployed = await Deployments.ReadAsync(work.Connection, environmentId, cancellationToken);
            var release = deployed.FirstOrDefault(one => one.Step == StepNames.Service(service));
            return release is null ? new NotFound($"{found.Name} has no service '{service}' that runs.") : await operate(work, found, release.Plan);
        }, outcome => !outcome.IsRefused, cancellationToken);
    }

    private async Task<Outcome<Guid>> ChangeAsync(
        JobWork work, Actor actor, FoundEnvironment found, OperationKind kind, string service, Func<ServiceSpecification, ServiceSpecification> change, string sentence,
        CancellationToken cancellationToken)
    {
        var wanted = found.Specification with { Services = [.. found.Specification.Services.Select(one => one.Name == service ? change(one) : one)] };
        if (JsonSerializer.Serialize(wanted, Specification.Json) == JsonSerializer.Serialize(found.Specification, Specification.Json))
            return new NothingToChange();
        if (plans.KeepsTo(found.GoldenPath, wanted) is { Count: > 0 } deviations)
            return new InvalidSpecification(deviations);
        await using var context = await databases.OnAsync(work.Connection, cancellationToken);
        var target = await plans.CheckAsync(context, wanted, found.OwnerName, found.Id, cancellationToken);
        if (target.Refusal is { } refusal)
            return refusal;
        var planned = await planner.ServiceAsync(work.Connection, found.Id, found.Specification, wanted, service, target.Value!, cancellationToken);
        // Whatever else is half made would still be so when this has succeeded, and the environment is not to be called ready then.
        if (found.Becomes != EnvironmentState.Ready && (found.IsAsleep || !planned.MendsAll))
            return NotReady(found);
        var operation = new NewOperation(found.Id, null, kind, planned.Work.Plan, actor, new AdoptedSpecification(null, wanted))
        {
            Artifacts = planned.Work.Artifacts,
            Line = new LinePlace(IsPlannedAnew: false, StepNames.Service(service)),
        };
        return await QueueAsync(work, operation, service, sentence);
    }

    private async Task<Outcome<Guid>> QueueAsync(JobWork work, NewOperation operation, string service, string sentence)
    {
        var said = new NewEvent(operation.By, operation.EnvironmentId, null, StepNames.Service(service), $"{operation.Kind.ToString().ToLowerInvariant()}.asked", EventSeverity.Info, sentence);
        return await lifecycle.QueueAsync(work, operation, said) is { } id ? id : EnvironmentBusy.LineIsFull;
    }

    private static NotOperable? RunsAtTimes(FoundEnvironment found, string service) =>
        found.Specification.Services.FirstOrDefault(one => one.Name == service) is { RunsAlways: false } ? new NotOperable($"{service} runs at the times of its schedule: there are no pods that could be restarted or be more of.") : null;

    private static EnvironmentBusy NotReady(FoundEnvironment found) => found.IsAsleep
        ? EnvironmentBusy.Asleep(found.Name)
        : new EnvironmentBusy($"{found.Name} is not ready: more than this service is half made. Go on with what failed, or change the environment.");
}
