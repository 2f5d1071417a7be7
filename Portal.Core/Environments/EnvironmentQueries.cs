using Microsoft.EntityFrameworkCore;
using Portal.Core.Accounts;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Teams;

namespace Portal.Core.Environments;

/// <summary>One environment, and the targets. Every call that takes an actor checks that he may look.</summary>
public sealed class EnvironmentQueries(IDbContextFactory<PortalDb> databases, StoredDocuments documents, StepDurations durations, Sight sight, TimeProvider clock)
{
    public const int RecentEvents = 60;
    public const int MaxPageSize = 100;
    public const int MostResidues = 200;

    /// <summary>For the live feed, which reads once for all who watch: <see cref="FindAsync"/> is what hands out ids, to those who may look.</summary>
    /// <returns>Null where there is no such environment.</returns>
    public async Task<EnvironmentSnapshot?> SnapshotAsync(Guid environmentId, CancellationToken cancellationToken)
    {
        if (await ReadAsync(environmentId, cancellationToken) is not { } snapshot)
            return null;
        // What the operation found when it began; what it makes itself was not there before.
        var there = snapshot.Deployed.Where(step => snapshot.Operation?.StartedAt is not { } began || step.CreatedAt < began).Select(step => step.Name).ToHashSet(StringComparer.Ordinal);
        // With the connection above given back: many who each held one and waited for a second would wait for each other.
        var plan = await durations.ExpectAsync(snapshot.Plan, snapshot.Target.Pace, there, cancellationToken);
        return snapshot with { Plan = plan, Steps = [.. snapshot.Steps.Select(step => step with { ExpectedSeconds = plan.Step(step.Name).Expected.Typical })] };
    }

    private async Task<EnvironmentSnapshot?> ReadAsync(Guid environmentId, CancellationToken cancellationToken)
    {
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        // One moment for all of it: the pieces must fit together.
        await using var moment = await context.Database.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        var environments = context.Environments.Where(row => row.Id == environmentId);
        if (await environments.Select(ReadModels.Environment).FirstOrDefaultAsync(cancellationToken) is not { } environment)
            return null;
        var target = await context.Targets.Where(row => environments.Any(one => one.Target == row.Name)).Select(ReadModels.Target).FirstAsync(cancellationToken);
        var version = await environments.Select(row => row.SpecificationVersion).FirstAsync(cancellationToken);
        var request = await context.Requests.Where(row => row.EnvironmentId == environmentId).OrderByDescending(row => row.Number).Select(ReadModels.Request).FirstAsync(cancellationToken);
        var operation = await context.Operations.Where(row => row.EnvironmentId == environmentId).OrderByDescending(row => row.CreatedAt).Select(ReadModels.Operation).FirstOrDefaultAsync(cancellationToken);
        var deployed = await context.Deployments.Where(row => row.EnvironmentId == environmentId).OrderBy(row => row.CreatedAt).ThenBy(row => row.Step)
            .Select(ReadModels.Deployed).ToListAsync(cancellationToken);
        var plan = operation is null
            ? await documents.PlanAsync(request.Id, request.PlanHash, context.Requests.Where(row => row.Id == request.Id).Select(row => row.Plan), cancellationToken)
            : await documents.PlanAsync(operation.Id, operation.PlanHash, context.Operations.Where(row => row.Id == operation.Id).Select(row => row.Plan), cancellationToken);
        var steps = operation is null ? [] : await context.Steps.Where(row => row.OperationId == operation.Id).OrderBy(row => row.Ordinal).Select(ReadModels.Step).ToListAsync(cancellationToken);
        return new EnvironmentSnapshot
        {
            Environment = environment,
            Target = target,
            Version = version,
            Specification = await documents.SpecificationAsync(context, environmentId, version, cancellationToken),
            Request = request,
            Plan = plan,
            Operation = operation,
            Line = await context.WaitingOperations.Where(row => row.EnvironmentId == environmentId).OrderBy(row => row.Number)
                .Select(row => new WaitingOperation(row.Id, row.Kind, row.Sentence, row.AskedAt)).ToListAsync(cancellationToken),
            Steps = steps,
            Deployed = deployed,
            Resources = await context.Resources.Where(row => row.EnvironmentId == environmentId)
                .OrderBy(row => row.Step).ThenBy(row => row.Type).ThenBy(row => row.Name).Select(ReadModels.Resource).ToListAsync(cancellationToken),
            Drift = await DriftAsync(context, environmentId, cancellationToken),
            Unseen = await context.Unseen.Where(row => row.EnvironmentId == environmentId).Select(ReadModels.Unseen).FirstOrDefaultAsync(cancellationToken),
            Residues = await context.Residues.Where(row => row.EnvironmentId == environmentId)
                .OrderBy(row => row.Kept).ThenBy(row => row.Kind).ThenBy(row => row.Id).Take(MostResidues).Select(ReadModels.Residue).ToListAsync(cancellationToken),
            Events = await context.Events.Where(row => row.EnvironmentId == environmentId)
                .OrderByDescending(row => row.Number).Take(RecentEvents).Select(ReadModels.Event).ToListAsync(cancellationToken),
        };
    }

    private async Task<DriftSummary?> DriftAsync(PortalDb context, Guid environmentId, CancellationToken cancellationToken)
    {
        if (await context.DriftChecks.FirstOrDefaultAsync(row => row.EnvironmentId == environmentId, cancellationToken) is not { } check)
            return null;
        var now = clock.GetUtcNow();
        var drifted = await context.Drifts
            .Where(row => row.EnvironmentId == environmentId && !context.DriftIgnores.Any(ignored =>
                ignored.EnvironmentId == environmentId && ignored.Step == row.Step && ignored.Resource == row.Resource && ignored.Until > now))
            .Select(row => new { row.Step, row.Resource }).Distinct()
            .GroupBy(row => row.Step).Select(step => new { step.Key, Count = step.Count() }).ToDictionaryAsync(step => step.Key, step => step.Count, cancellationToken);
        var underWay = check.FinishedAt is null || check.FinishedAt < check.AskedAt;
        return new DriftSummary(drifted.Values.Sum(), check.FinishedAt, underWay ? check.AskedAt : null, check.AskedBy, check.Trouble) { Steps = drifted };
    }

    /// <summary>What nobody may have told: how things stand, for whoever tells pages of it then.</summary>
    /// <param name="watched">Environments whose revision is wanted.</param>
    /// <param name="all">Whether that of all of them together is: a few milliseconds for ten thousand.</param>
    public async Task<Untold> UntoldAsync(IReadOnlyCollection<Guid> watched, bool all, CancellationToken cancellationToken)
    {
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        return new Untold(
            (await context.Unseen.Select(row => row.EnvironmentId).ToListAsync(cancellationToken)).ToHashSet(),
            watched.Count == 0 ? [] : await context.Environments.Where(row => watched.Contains(row.Id)).ToDictionaryAsync(row => row.Id, row => row.Revision, cancellationToken),
            all ? await context.Environments.SumAsync(row => row.Revision, cancellationToken) : null);
    }

    /// <summary>The newest environment that bears the name; null where there is none, or none that the actor sees.</summary>
    public async Task<Guid?> FindAsync(Actor actor, string name, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.View))
            return null;
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        var seen = await sight.OfAsync(context.Connection(), actor);
        return await context.Environments.Where(row => row.Name == name).Where(seen.Environment).OrderByDescending(row => row.CreatedAt).Select(row => (Guid?)row.Id).FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>Some of an environment's events, newest first.</summary>
    /// <param name="upTo">Number of the newest one to look at: while it stays, so does every place in the list, whatever comes.</param>
    /// <param name="skip">Place of the first one in the filtered list.</param>
    /// <param name="count">At most <see cref="MaxPageSize"/>; none where only the total is wanted.</param>
    public async Task<EventStretch> EventsAsync(Actor actor, Guid environmentId, EventFilter filter, long upTo, int skip, int count, CancellationToken cancellationToken)
    {
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        await sight.MustSeeAsync(context.Connection(), actor, environmentId);
        var events = context.Events.Where(row => row.EnvironmentId == environmentId && row.Number <= upTo);
        int total;
        if (filter.IsAll)
        {
            // Numbers have no gaps, so that a place in the list is a number: nothing is counted or passed over, however far down.
            var last = Math.Min(upTo, await context.Environments.Where(row => row.Id == environmentId).Select(row => row.LastEvent).FirstOrDefaultAsync(cancellationToken));
            total = (int)last;
            var newest = last - Math.Max(0, skip);
            events = events.Where(row => row.Number <= newest);
        }
        else
        {
            events = Narrowed(events, filter);
            total = await events.CountAsync(cancellationToken);
        }

        var rows = events.OrderByDescending(row => row.Number).Skip(filter.IsAll ? 0 : Math.Max(0, skip)).Take(Math.Clamp(count, 0, MaxPageSize));
        return new EventStretch(count <= 0 ? [] : await rows.Select(ReadModels.Event).ToListAsync(cancellationToken), total);
    }

    /// <summary>The names of those who did something in the environment, from a to z.</summary>
    public async Task<IReadOnlyList<string>> ActorsAsync(Actor actor, Guid environmentId, CancellationToken cancellationToken)
    {
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        await sight.MustSeeAsync(context.Connection(), actor, environmentId);
        return await context.Events.Where(row => row.EnvironmentId == environmentId).Select(row => row.ActorName).Distinct().OrderBy(name => name).ToListAsync(cancellationToken);
    }

    public async Task<IReadOnlyList<TargetInfo>> TargetsAsync(Actor actor, CancellationToken cancellationToken)
    {
        Sight.MayLook(actor);
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        var targets = await context.Targets.OrderBy(row => row.Name).Select(ReadModels.Target).ToListAsync(cancellationToken);
        var rules = await AccountReadings.AllowedAsync(context.Connection(), AccountQuotas.Rules, clock.GetUtcNow(), cancellationToken);
        return [.. targets.Select(target => rules.TryGetValue(target.Name, out var most) ? target with { MostRules = most } : target)];
    }

    private static IQueryable<EventRow> Narrowed(IQueryable<EventRow> events, EventFilter filter)
    {
        if (filter.Severity is { } severity)
            events = events.Where(row => row.Severity == severity);
        if (filter.Step is { } step)
            events = events.Where(row => row.Step == step);
        if (filter.Operation is { } operation)
            events = events.Where(row => row.OperationId == operation);
        if (filter.By is { } name)
            events = events.Where(row => row.ActorName == name);
        if (filter.Search is { } search)
        {
            var pattern = LikePattern.Containing(search);
            events = events.Where(row => EF.Functions.ILike(row.Message, pattern, @"\") || EF.Functions.ILike(row.Step!, pattern, @"\"));
        }

        return events;
    }
}
