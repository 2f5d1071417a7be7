using System.Globalization;
using Portal.Components.Shared;
using Portal.Core;
using Portal.Core.Catalog;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Topology;
using Portal.Features.Environments;

namespace Portal.Features.Api;

/// <summary>What programs ask of environments and what there is to have: the pages' own use cases and queries, in the words of the API.</summary>
public sealed class EnvironmentsApi(
    EnvironmentQueries environments, DashboardQueries dashboard, OperationQueries operations, ChangeEnvironment changes, SleepEnvironment sleep, RepairEnvironment repair, EnvironmentCare care, HandOverEnvironment handOver, OperateService service, RequestsApi requests,
    PlanRequest plans, ServiceCatalog catalog, TopologyBuilder topologies, TimeProvider clock)
{
    public async Task<IReadOnlyList<Target>> TargetsAsync(Actor actor, CancellationToken cancellationToken)
    {
        var targets = new List<Target>();
        foreach (var target in await environments.TargetsAsync(actor, cancellationToken))
            targets.Add(new Target(target.Name, target.AccountId, target.Region, await plans.SuggestCidrAsync(target.Name, cancellationToken)));
        return targets;
    }

    public Catalogue Catalogue() => new(
        [.. catalog.Classes.Select(one => new CatalogueClass(one.Id, one.Title, one.Description))],
        [.. catalog.ClusterSizes.Select(one => new CatalogueSize(one.Id, one.Title, one.InstanceType, one.Desired))],
        [.. catalog.KubernetesVersions.Select(one => one.Version)],
        [.. catalog.DataStores.Select(one => new CatalogueStore(
            one.Id, one.Title, one.Description,
            [.. one.Options.Select(option => new CatalogueOption(option.Parameter, option.Title, [.. option.Choices.Select(choice => choice.Value)], option.Choices.Count > 0 ? null : option.Range))],
            [.. one.Settings.Keys.Order(StringComparer.Ordinal)]))]);

    /// <param name="page">From 0.</param>
    public async Task<Outcome<Piece<ResourceAnswer>>> ResourcesAsync(Actor actor, ResourceList list, int page, int limit, CancellationToken cancellationToken)
    {
        var found = await FindAsync(actor, list.Environment, cancellationToken);
        if (found.Refusal is { } missing)
            return missing;
        var all = list.Of(found.Value!.Snapshot, catalog.LabelOf);
        return QueryValues.PieceOf([.. all.Skip(page * limit).Take(limit).Select(one => one.ToAnswer())], page, limit, all.Count);
    }

    /// <summary>By name.</summary>
    public async Task<Piece<EnvironmentLine>> ListAsync(Actor actor, EnvironmentFilter filter, CancellationToken cancellationToken)
    {
        var page = await dashboard.PageAsync(actor, filter with { Sort = EnvironmentSort.Name, Descending = false }, cancellationToken);
        return new Piece<EnvironmentLine>(
            [.. page.Rows.Select(row => row.ToLine())], page.Total > page.Rows.Count ? QueryValues.CursorOf(page.Rows[^1].Name, page.Rows[^1].Id.ToString("D", CultureInfo.InvariantCulture)) : null);
    }

    /// <summary>The newest one that bears the name.</summary>
    public async Task<Outcome<EnvironmentView>> FindAsync(Actor actor, string name, CancellationToken cancellationToken)
    {
        var found = await IdAsync(actor, name, cancellationToken);
        if (found.Refusal is { } refusal)
            return refusal;
        return await environments.SnapshotAsync(found.Value, cancellationToken) is { } snapshot ? new EnvironmentView(snapshot, topologies, Times.Utc, clock.GetUtcNow()) : Missing(name);
    }

    public async Task<Outcome<Guid>> IdAsync(Actor actor, string name, CancellationToken cancellationToken)
    {
        // Postgres refuses to be asked for what it could not hold.
        if (PlainText.Clean(name) != name)
            return Missing(PlainText.Clean(name));
        return await environments.FindAsync(actor, name, cancellationToken) is { } id ? id : Missing(name);
    }

    /// <summary>Newest first.</summary>
    /// <param name="before">Only those with a smaller number; null for all.</param>
    public async Task<Piece<EventAnswer>> EventsAsync(Actor actor, Guid environmentId, EventFilter filter, long? before, int limit, CancellationToken cancellationToken)
    {
        var (rows, total) = await environments.EventsAsync(actor, environmentId, filter, (before ?? long.MaxValue) - 1, 0, limit, cancellationToken);
        return new Piece<EventAnswer>([.. rows.Select(row => row.ToAnswer())], rows.Count > 0 && total > rows.Count ? QueryValues.CursorOf(rows[^1].Number) : null);
    }

    public async Task<Piece<OperationLine>> OperationsAsync(Actor actor, Guid environmentId, DateTimeOffset? before, int limit, CancellationToken cancellationToken)
    {
        var rows = await operations.ListAsync(actor, environmentId, before, limit + 1, cancellationToken);
        return new Piece<OperationLine>(
            [.. rows.Take(limit).Select(row => row.ToLine())], rows.Count > limit ? QueryValues.CursorOf(rows[limit - 1].CreatedAt.UtcTicks) : null);
    }

    public Task<Outcome<PlanAnswer>> PlanChangeAsync(Actor actor, string name, Specification wanted, CancellationToken cancellationToken) => WithAsync<PlanAnswer>(actor, name, async view =>
    {
        var outcome = await changes.PreviewAsync(actor, view.Snapshot.Environment.Id, wanted, cancellationToken);
        return outcome.Refusal is { } refusal ? refusal : await AnswerAsync(actor, view, RequestKind.Change, wanted, outcome.Value!, outcome.Value!.Change is { LosesData: true }, cancellationToken);
    }, cancellationToken);

    public Task<Outcome<PlanAnswer>> PlanDestructionAsync(Actor actor, string name, CancellationToken cancellationToken) => WithAsync<PlanAnswer>(actor, name, async view =>
    {
        var outcome = await changes.PreviewDestructionAsync(actor, view.Snapshot.Environment.Id, cancellationToken);
        return outcome.Refusal is { } refusal ? refusal : await AnswerAsync(actor, view, RequestKind.Destroy, view.Snapshot.Specification, outcome.Value!, losesData: true, cancellationToken);
    }, cancellationToken);

    /// <param name="confirmation">The environment's name, where data would be lost.</param>
    /// <param name="ofVersion">That the change was made from; null for whichever it is.</param>
    public Task<Outcome<Filed>> ChangeAsync(Actor actor, string name, Specification wanted, string confirmation, int? ofVersion, CancellationToken cancellationToken) => FileAsync(
        actor, name, id => changes.SubmitAsync(actor, id, wanted, confirmation, ofVersion, cancellationToken), cancellationToken);

    /// <param name="confirmation">The environment's name.</param>
    public Task<Outcome<Filed>> DestroyAsync(Actor actor, string name, string confirmation, CancellationToken cancellationToken) => FileAsync(
        actor, name, id => changes.SubmitDestructionAsync(actor, id, confirmation, cancellationToken), cancellationToken);

    public Task<Outcome<Begun>> SleepAsync(Actor actor, string name, CancellationToken cancellationToken) => BeginAsync(actor, name, id => sleep.SleepAsync(actor, id, null, cancellationToken), cancellationToken);

    public Task<Outcome<Begun>> WakeAsync(Actor actor, string name, CancellationToken cancellationToken) => BeginAsync(actor, name, id => sleep.WakeAsync(actor, id, null, cancellationToken), cancellationToken);

    public Task<Outcome<Begun>> RepairAsync(Actor actor, string name, CancellationToken cancellationToken) => BeginAsync(actor, name, id => repair.ExecuteAsync(actor, id, cancellationToken), cancellationToken);

    /// <param name="days">From now on.</param>
    public async Task<Outcome<Kept>> KeepAsync(Actor actor, string name, int days, CancellationToken cancellationToken)
    {
        var found = await IdAsync(actor, name, cancellationToken);
        if (found.Refusal is { } missing)
            return missing;
        var outcome = await care.KeepAsync(actor, found.Value, days, cancellationToken);
        return outcome.Refusal is { } refusal ? refusal : new Kept(outcome.Value!.ExpiresAt);
    }

    public async Task<Outcome<Care>> CareAsync(Actor actor, string name, Care wanted, CancellationToken cancellationToken)
    {
        var found = await IdAsync(actor, name, cancellationToken);
        if (found.Refusal is { } missing)
            return missing;
        var outcome = await care.SetAsync(actor, found.Value, new CareSettings(wanted.ExpiresAt?.ToUniversalTime(), wanted.Timetable is { } timetable ? timetable with { Days = [.. timetable.Days.Distinct()] } : null, wanted.IsProtected), cancellationToken);
        return outcome.Refusal is { } refusal ? refusal : outcome.Value!.ToAnswer();
    }

    public async Task<Outcome<HandOver>> HandOverAsync(Actor actor, string name, string team, CancellationToken cancellationToken)
    {
        var found = await IdAsync(actor, name, cancellationToken);
        if (found.Refusal is { } missing)
            return missing;
        var outcome = await handOver.ExecuteAsync(actor, found.Value, PlainText.Clean(team), cancellationToken);
        return outcome.Refusal is { } refusal ? refusal : new HandOver(outcome.Value!);
    }

    public Task<Outcome<Begun>> RunAsync(Actor actor, string name, string of, CancellationToken cancellationToken) =>
        BeginAsync(actor, name, id => service.RunAsync(actor, id, PlainText.Clean(of), cancellationToken), cancellationToken);

    /// <param name="image">Null for the one that it ran before.</param>
    public Task<Outcome<Begun>> RollBackAsync(Actor actor, string name, string of, string? image, CancellationToken cancellationToken) => BeginAsync(actor, name, async id =>
    {
        var earlier = image is null ? (await service.EarlierAsync(actor, id, PlainText.Clean(of), cancellationToken))?.Image : PlainText.Clean(image);
        return earlier is null ? new NotFound("It has run no other image before.") : await service.RollBackAsync(actor, id, PlainText.Clean(of), earlier, cancellationToken);
    }, cancellationToken);

    public Task<Outcome<Begun>> RestartAsync(Actor actor, string name, string of, CancellationToken cancellationToken) =>
        BeginAsync(actor, name, id => service.RestartAsync(actor, id, PlainText.Clean(of), cancellationToken), cancellationToken);

    public Task<Outcome<Begun>> ScaleAsync(Actor actor, string name, string of, int replicas, CancellationToken cancellationToken) =>
        BeginAsync(actor, name, id => service.ScaleAsync(actor, id, PlainText.Clean(of), replicas, cancellationToken), cancellationToken);

    private Task<PlanAnswer> AnswerAsync(
        Actor actor, EnvironmentView view, RequestKind kind, Specification wanted, PlannedChange planned, bool losesData, CancellationToken cancellationToken) => requests.AnswerAsync(
        actor, kind, wanted, planned.Work.Plan, new AskedFor(view.Snapshot.Environment.Team, view.Snapshot.Environment.GoldenPath), view.Snapshot.Environment.Id, losesData, view.Snapshot.Deployed.Select(step => step.Name).ToHashSet(StringComparer.Ordinal), cancellationToken);

    private async Task<Outcome<T>> WithAsync<T>(Actor actor, string name, Func<EnvironmentView, Task<Outcome<T>>> ask, CancellationToken cancellationToken)
    {
        var found = await FindAsync(actor, name, cancellationToken);
        return found.Refusal is { } refusal ? refusal : await ask(found.Value!);
    }

    private async Task<Outcome<Filed>> FileAsync(Actor actor, string name, Func<Guid, Task<Outcome<SubmittedRequest>>> file, CancellationToken cancellationToken)
    {
        var found = await IdAsync(actor, name, cancellationToken);
        if (found.Refusal is { } missing)
            return missing;
        var outcome = await file(found.Value);
        return outcome.Refusal is { } refusal ? refusal : outcome.Value!.ToAnswer();
    }

    private async Task<Outcome<Begun>> BeginAsync(Actor actor, string name, Func<Guid, Task<Outcome<Guid>>> begin, CancellationToken cancellationToken)
    {
        var found = await IdAsync(actor, name, cancellationToken);
        if (found.Refusal is { } missing)
            return missing;
        var outcome = await begin(found.Value);
        return outcome.Refusal is { } refusal ? refusal : new Begun(outcome.Value);
    }

    private static NotFound Missing(string name) => new($"No environment called '{(name.Length > 60 ? name[..60] + "…" : name)}' was ever asked for here.");
}
