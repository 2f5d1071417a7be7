using System.Runtime.CompilerServices;
using Dapper;
using Npgsql;
using Portal.Core.Environments;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Core.Audit;

/// <summary>Which entries; what is null does not narrow them.</summary>
public sealed record AuditFilter
{
    /// <summary>Part of the sentence, in whatever case.</summary>
    public string? Search { get; init; }

    public string? Environment { get; init; }

    /// <summary>Part of the name or the subject of who did it.</summary>
    public string? By { get; init; }

    /// <summary>How a kind begins, for example <c>request.</c>.</summary>
    public string? Kind { get; init; }

    /// <summary>The first day, in <see cref="Zone"/>.</summary>
    public DateOnly? From { get; init; }

    /// <summary>The last day, in <see cref="Zone"/>.</summary>
    public DateOnly? To { get; init; }

    /// <summary>In which the days begin and end.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>Also what the portal's own processes did and saw.</summary>
    public bool System { get; init; }

    /// <summary>From 0; beyond the last it is the last.</summary>
    public int Page { get; init; }

    /// <summary>Only what comes after it, in the order of the list; null for all.</summary>
    public AuditPlace? After { get; init; }

    public int PageSize { get; init; } = 50;
}

/// <summary>Where an entry stands in the list, newest first: it keeps its place however many come.</summary>
/// <param name="Chain">The environment's id; <see cref="Guid.AllBitsSet"/> for the portal's own, which come last of one moment.</param>
public sealed record AuditPlace(DateTimeOffset At, Guid Chain, long Number);

/// <summary>One event with its place in the chain.</summary>
/// <param name="Environment">Empty for what is about none of them.</param>
/// <param name="Body">What happened, for programs: JSON.</param>
/// <param name="Hash">SHA-256, hexadecimal, over this entry and the hash of the entry before in its chain: the environment's, or the portal's own.</param>
/// <param name="ActorAddress">From where, as the trusted proxies tell it; null where that is not known, and for the portal's own processes.</param>
public sealed record AuditEntry(
    string Environment, long Number, DateTimeOffset At, string ActorId, string ActorName, ActorKind ActorKind, string Kind, EventSeverity Severity, string Message, string Body, string Hash, string? ActorAddress)
{
    public required AuditPlace Place { get; init; }
}

/// <summary>Who did what: all environments' events and the portal's own, for those who keep the portal.</summary>
public sealed class AuditQueries(NpgsqlDataSource database)
{
    /// <summary>The first bad entries say where to look.</summary>
    private const int FaultsTold = 20;

    private const string Columns =
        """
        e.number as "Number", e.at as "At", e.actor_id as "ActorId", e.actor_name as "ActorName", e.actor_kind as "ActorKind", e.kind as "Kind", e.severity as "Severity", e.message as "Message",
        e.body::text as "Body", encode(e.hash, 'hex') as "Hash", e.actor_address as "ActorAddress"
        """;

    private const string OfEnvironments = $"select n.name as \"Environment\", e.environment_id as \"Chain\", {Columns}";
    private const string OfThePortal = $"select '' as \"Environment\", uuid 'ffffffff-ffff-ffff-ffff-ffffffffffff' as \"Chain\", {Columns}";
    private const string Newest = "order by e.at desc, e.environment_id, e.number desc";
    private const string NewestOfThePortal = "order by e.at desc, e.number desc";

    /// <exception cref="UnauthorizedAccessException">The actor does not keep the portal.</exception>
    public async Task<Page<AuditEntry>> SearchAsync(Actor actor, AuditFilter filter, CancellationToken cancellationToken)
    {
        MayAudit(actor);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await new PageWindow(filter.Page, filter.PageSize).ReadAsync<AuditRow, AuditEntry>(
            connection, Count(filter), Page(filter), Arguments(filter), row => row.ToEntry(), cancellationToken);
    }

    /// <summary>Who may not read it, in words; null for who may.</summary>
    public static NotAllowed? Refusal(Actor actor) => actor.May(Permission.Audit) ? null : new($"Only {Policies.InWords(Permission.Audit)} read who did what.");

    /// <summary>The first of them, newest first, without counting.</summary>
    /// <inheritdoc cref="SearchAsync"/>
    public async Task<IReadOnlyList<AuditEntry>> FirstAsync(Actor actor, AuditFilter filter, int count, CancellationToken cancellationToken)
    {
        MayAudit(actor);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var arguments = Arguments(filter);
        arguments.AddDynamicParams(new { size = count, skip = 0 });
        return [.. (await connection.QueryAsync<AuditRow>(new CommandDefinition(Page(filter), arguments, cancellationToken: cancellationToken))).Select(row => row.ToEntry())];
    }

    /// <summary>All of them, newest first, as they are read.</summary>
    /// <inheritdoc cref="SearchAsync"/>
    public async IAsyncEnumerable<AuditEntry> AllAsync(Actor actor, AuditFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        MayAudit(actor);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var another = await database.OpenConnectionAsync(cancellationToken);
        // Each is read in its own order, by its index; together they are in that order, too.
        await using var own = another.QueryUnbufferedAsync<AuditRow>($"{OfThePortal} {FromThePortal(filter)} {NewestOfThePortal}", Arguments(filter)).GetAsyncEnumerator(cancellationToken);
        var isMore = await own.MoveNextAsync();
        await foreach (var row in connection.QueryUnbufferedAsync<AuditRow>($"{OfEnvironments} {From(filter)} {Newest}", Arguments(filter)).WithCancellation(cancellationToken))
        {
            for (; isMore && own.Current.At > row.At; isMore = await own.MoveNextAsync())
                yield return own.Current.ToEntry();
            yield return row.ToEntry();
        }

        for (; isMore; isMore = await own.MoveNextAsync())
            yield return own.Current.ToEntry();
    }

    /// <summary>Computes every entry's hash anew, in the database.</summary>
    /// <inheritdoc cref="SearchAsync"/>
    public async Task<AuditVerdict> VerifyAsync(Actor actor, CancellationToken cancellationToken)
    {
        MayAudit(actor);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        // One moment for all three: entries that are added meanwhile would look like ones that are missing.
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        var entries = await connection.ExecuteScalarAsync<long>(new CommandDefinition("select (select count(*) from events) + (select count(*) from portal_events)", cancellationToken: cancellationToken));
        var faults = await connection.QueryAsync<AuditFault>(new CommandDefinition(
            """
            with chained as (
              select e.environment_id, e.number, e.hash, event_hash(lag(e.hash) over chain, e) as computed, lag(e.number) over chain as before
              from events e window chain as (partition by e.environment_id order by e.number)),
            own as (
              select e.number, e.hash, portal_event_hash(lag(e.hash) over chain, e) as computed, lag(e.number) over chain as before
              from portal_events e window chain as (order by e.number))
            select n.name as "Environment", c.number as "Number",
              case when c.number <> coalesce(c.before, 0) + 1 then 'EntriesMissingBefore' else 'Changed' end as "Kind"
            from chained c join environments n on n.id = c.environment_id
            where c.hash <> c.computed or c.number <> coalesce(c.before, 0) + 1
            union all
            select n.name, n.last_event, 'EntriesMissingAtTheEnd' from environments n
            where n.last_event <> coalesce((select max(e.number) from events e where e.environment_id = n.id), 0)
            union all
            select '', o.number, case when o.number <> coalesce(o.before, 0) + 1 then 'EntriesMissingBefore' else 'Changed' end
            from own o where o.hash <> o.computed or o.number <> coalesce(o.before, 0) + 1
            union all
            select '', c.last_event, 'EntriesMissingAtTheEnd' from portal_chain c where c.last_event <> coalesce((select max(number) from portal_events), 0)
            order by 1, 2 limit @limit
            """,
            new { limit = FaultsTold }, commandTimeout: 0, cancellationToken: cancellationToken));
        return new AuditVerdict(entries, [.. faults]);
    }

    /// <inheritdoc cref="TrailProtection.WeaknessAsync"/>
    /// <inheritdoc cref="SearchAsync"/>
    public Task<string?> WeaknessAsync(Actor actor, CancellationToken cancellationToken)
    {
        MayAudit(actor);
        return TrailProtection.WeaknessAsync(database, cancellationToken);
    }

    // Of each as many as there may be on the page, by its own index; the few that are left are sorted.
    private static string Page(AuditFilter filter) =>
        $"""
        select * from (
          select * from ({OfEnvironments} {From(filter)} {Newest} limit @size + @skip) of_environments
          union all
          select * from ({OfThePortal} {FromThePortal(filter)} {NewestOfThePortal} limit @size + @skip) of_the_portal) e
        order by "At" desc, "Chain", "Number" desc limit @size offset @skip
        """;

    // Numbers have no gaps: of all of them nothing is counted.
    private static string Count(AuditFilter filter) => filter with { Page = 0, PageSize = 0, Zone = TimeZoneInfo.Utc } == new AuditFilter { System = true, PageSize = 0 }
        ? "select (coalesce(sum(last_event), 0) + (select last_event from portal_chain))::int from environments"
        : $"select ((select count(*) {From(filter)}) + (select count(*) {FromThePortal(filter)}))::int";

    private static string From(AuditFilter filter) => $"from events e join environments n on n.id = e.environment_id where {Where([
        filter.Environment is null ? null : "n.name = @Environment",
        filter.After is null ? null : "e.at <= @at and (e.at < @at or e.environment_id > @chain or (e.environment_id = @chain and e.number < @number))",
        .. Narrowing(filter)])}";

    private static string FromThePortal(AuditFilter filter) => $"from portal_events e where {Where([
        filter.Environment is null ? null : "false",
        filter.After is not { Chain: var chain } ? null : chain == Guid.AllBitsSet ? "e.at <= @at and (e.at < @at or e.number < @number)" : "e.at <= @at",
        .. Narrowing(filter)])}";

    private static string Where(IEnumerable<string?> conditions) => string.Join(" and ", conditions.OfType<string>().DefaultIfEmpty("true"));

    // Only what narrows is said: who did it has an index of its own, which a condition that may not hold would not use.
    private static IEnumerable<string?> Narrowing(AuditFilter filter) =>
    [
        filter.System ? null : "e.actor_kind <> 'System'",
        filter.By is null ? null : "(e.actor_name ilike @by or e.actor_id ilike @by)",
        filter.Kind is null ? null : "e.kind like @kind",
        filter.Search is null ? null : "e.message ilike @search",
        filter.From is null ? null : "e.at >= @from",
        filter.To is null ? null : "e.at < @until",
    ];

    private static DynamicParameters Arguments(AuditFilter filter) => new(new
    {
        filter.Environment,
        by = filter.By is { } by ? LikePattern.Containing(by) : null,
        kind = filter.Kind is { } kind ? LikePattern.Beginning(kind) : null,
        search = filter.Search is { } search ? LikePattern.Containing(search) : null,
        from = Midnight(filter, filter.From),
        until = Midnight(filter, filter.To?.AddDays(1)),
        at = filter.After?.At,
        chain = filter.After?.Chain,
        number = filter.After?.Number,
    });

    private static DateTimeOffset? Midnight(AuditFilter filter, DateOnly? day) => day is { } of ? filter.Zone.BeginOf(of) : null;

    private static void MayAudit(Actor actor)
    {
        if (Refusal(actor) is { } refusal)
            throw new UnauthorizedAccessException(refusal.Message);
    }

    private sealed record AuditRow(
        string Environment, Guid Chain, long Number, DateTime At, string ActorId, string ActorName, string ActorKind, string Kind, string Severity, string Message, string Body, string Hash, string? ActorAddress)
    {
        public AuditEntry ToEntry() => new(
            Environment, Number, new DateTimeOffset(At, TimeSpan.Zero), ActorId, ActorName, Enum.Parse<ActorKind>(ActorKind), Kind, Enum.Parse<EventSeverity>(Severity), Message, Body, Hash, ActorAddress)
        { Place = new AuditPlace(new DateTimeOffset(At, TimeSpan.Zero), Chain, Number) };
    }
}

public enum AuditFaultKind
{
    /// <summary>The entry, or its hash, is not what was written; or the hash of the one before it is not.</summary>
    Changed,
    EntriesMissingBefore,
    EntriesMissingAtTheEnd,
}

/// <param name="Environment">Empty for the portal's own entries.</param>
/// <param name="Number">Of the entry in its chain.</param>
public sealed record AuditFault(string Environment, long Number, AuditFaultKind Kind)
{
    private string Whose => Environment.Length == 0 ? "the portal" : Environment;

    public string InWords => Kind switch
    {
        AuditFaultKind.Changed => $"{Whose}, entry {Number}: is not what was written",
        AuditFaultKind.EntriesMissingBefore => $"{Whose}, entry {Number}: entries before it are missing",
        _ => $"{Whose}: entries up to {Number} were written, the last of them are missing",
    };
}

/// <param name="Entries">That there are.</param>
/// <param name="Faults">The first of them; none where everything is as it was written.</param>
public sealed record AuditVerdict(long Entries, IReadOnlyList<AuditFault> Faults)
{
    public bool IsWhole => Faults.Count == 0;
}
