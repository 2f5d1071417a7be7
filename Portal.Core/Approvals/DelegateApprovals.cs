using System.Globalization;
using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Approvals;

/// <summary>
/// Has somebody else decide in one's place from one day to another. It goes no further than to them: what others have handed to somebody does
/// not go along when they are away themselves.
/// </summary>
public sealed class DelegateApprovals(Transactions transactions, ApprovalPolicy policy, TimeProvider clock)
{
    public const int MostDays = 366;

    /// <summary>That have not ended, of one person.</summary>
    public const int MostAPerson = 20;

    private const int MostSubject = 500;

    /// <param name="to">Subject of somebody who has signed in before.</param>
    /// <param name="last">Included.</param>
    /// <param name="zone">In which the days begin and end.</param>
    /// <returns>The delegation's id; or <see cref="NotAllowed"/>, <see cref="InvalidDelegation"/>.</returns>
    public async Task<Outcome<Guid>> ExecuteAsync(Actor actor, string to, DateOnly first, DateOnly last, TimeZoneInfo zone, CancellationToken cancellationToken)
    {
        if (Lacks(actor) is { } lacks)
            return lacks;
        var groups = policy.Groups.Where(group => group.Has(actor)).Select(group => group.Id).ToArray();
        if (groups.Length == 0)
            return new NotAllowed($"You decide no requests, so there is nothing to hand over. {string.Join(", ", policy.Groups.Select(group => group.InWords))} decide.");
        var now = clock.GetUtcNow();
        if (FaultOf(first, last, zone.DayOf(now)) is { } fault)
            return new InvalidDelegation(fault);
        if (to == actor.Subject)
            return new InvalidDelegation(new FieldError("to", to, "You cannot stand in for yourself. Name somebody else."));
        if (to.Length is 0 or > MostSubject || PlainText.Clean(to) != to)
            return Unknown(to);
        return await transactions.DoAsync(work => HandOverAsync(work, actor, to, groups, first, last, zone, now), outcome => !outcome.IsRefused, cancellationToken);
    }

    /// <summary>Who decides for whom is for tokens that decide.</summary>
    internal static NotAllowed? Lacks(Actor actor) => actor.Lets(TokenScope.Approve) ? null : new NotAllowed("This token hands no decisions over: it lacks the scope approve.");

    private static FieldError? FaultOf(DateOnly first, DateOnly last, DateOnly today) =>
        last < first ? new FieldError("last", Day(last), $"The last day, {Day(last)}, is before the first, {Day(first)}. Choose a later one.")
        : first < today ? new FieldError("first", Day(first), $"The first day, {Day(first)}, is over. Choose today, {Day(today)}, or a later one.")
        : first.DayNumber - today.DayNumber > MostDays ? new FieldError("first", Day(first), $"The first day, {Day(first)}, is more than a year ahead. Choose an earlier one.")
        : last.DayNumber - first.DayNumber >= MostDays ? new FieldError("last", Day(last), $"From {Day(first)} to {Day(last)} is longer than a year. Choose an earlier last day, and hand over again after it.")
        : null;

    private static async Task<Outcome<Guid>> HandOverAsync(Work work, Actor actor, string to, string[] groups, DateOnly first, DateOnly last, TimeZoneInfo zone, DateTimeOffset now)
    {
        // Two who hand over to each other at once come one after the other.
        await work.Connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('delegations', 0))");
        if (await DelegationQueries.PersonAsync(work.Connection, to) is not { } person)
            return Unknown(to);
        if (!person.Actor.May(Permission.View))
            return new InvalidDelegation(new FieldError("to", to, $"{person.Name} may not look at requests any more. Name somebody else."));
        if (await DelegationQueries.PersonAsync(work.Connection, actor.Subject) is null)
            return new NotAllowed("Sign out and in again first: it is not known here yet what you decide.");
        var (starts, ends) = (zone.BeginOf(first), zone.BeginOf(last.AddDays(1)));
        if (await AbsenceAsync(work.Connection, actor.Subject, starts, ends) is { } own)
            return new InvalidDelegation(new FieldError("first", Day(first), $"{own.To.Name} decides for you {Days(own, zone)} already. End that first, or choose other days."));
        if (await AbsenceAsync(work.Connection, to, starts, ends) is { } theirs)
            return new InvalidDelegation(new FieldError("to", to,
                $"{person.Name} is away {Days(theirs, zone)}, and what you hand over goes no further than to them. Name somebody else, for example {theirs.To.Name}, or choose other days."));
        if (await work.Connection.ExecuteScalarAsync<int>("select count(*)::int from delegations where from_id = @Subject and ended_at is null and ends_at > @now", new { actor.Subject, now }) >= MostAPerson)
            return new InvalidDelegation(new FieldError("first", Day(first), $"You have handed over {MostAPerson} times ahead, which is as many as there can be. End one first."));
        var id = Guid.CreateVersion7(now);
        await work.Connection.ExecuteAsync(
            "insert into delegations (id, from_id, to_id, groups, starts_at, ends_at, made_at) values (@id, @Subject, @to, @groups, @starts, @ends, @now)",
            new { id, actor.Subject, to, groups, starts, ends, now });
        await work.Connection.NotifyAsync(Channels.Request, id.ToString());
        await new NewPortalEvent(actor, "delegation.made", EventSeverity.Info, $"{actor.Name} has {person.Name} decide in their place from {Day(first)} to {Day(last)} ({zone.Id})")
        { Body = new { delegationId = id, to, toName = person.Name, groups, first, last, zone = zone.Id } }.AppendAsync(work, now);
        return id;
    }

    /// <summary>The first that has a day of these.</summary>
    private static async Task<Delegation?> AbsenceAsync(NpgsqlConnection connection, string subject, DateTimeOffset starts, DateTimeOffset ends) =>
        (await connection.QueryFirstOrDefaultAsync<DelegationQueries.Row>(
            $"select {DelegationQueries.Columns} where d.from_id = @subject and d.ended_at is null and d.starts_at < @ends and d.ends_at > @starts order by d.starts_at, d.id limit 1",
            new { subject, starts, ends }))?.ToDelegation();

    private static InvalidDelegation Unknown(string to) =>
        new(new FieldError("to", to, "Only somebody who has signed in here before can decide for you. Have them sign in once, or name somebody else."));

    private static string Days(Delegation one, TimeZoneInfo zone) => $"from {Day(zone.DayOf(one.Starts))} to {Day(zone.LastDayOf(one.Ends))}";

    private static string Day(DateOnly day) => day.ToString("d MMM yyyy", CultureInfo.InvariantCulture);
}

/// <summary>Decides for oneself again.</summary>
public sealed class EndDelegation(Transactions transactions, TimeProvider clock)
{
    /// <returns>The delegation's id; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, also where it is another's.</returns>
    public async Task<Outcome<Guid>> ExecuteAsync(Actor actor, Guid delegationId, CancellationToken cancellationToken) => DelegateApprovals.Lacks(actor) is { } lacks ? lacks : await transactions.DoAsync<Outcome<Guid>>(async work =>
    {
        var now = clock.GetUtcNow();
        var ended = await work.Connection.ExecuteScalarAsync<string?>(
            "update delegations set ended_at = @now where id = @delegationId and from_id = @Subject and ended_at is null and ends_at > @now returning to_id", new { delegationId, actor.Subject, now });
        if (ended is null)
            return new NotFound("This is over already.");
        await work.Connection.NotifyAsync(Channels.Request, delegationId.ToString());
        await new NewPortalEvent(actor, "delegation.ended", EventSeverity.Info, $"{actor.Name} decides for themselves again") { Body = new { delegationId, to = ended } }.AppendAsync(work, now);
        return delegationId;
    }, outcome => !outcome.IsRefused, cancellationToken);
}
