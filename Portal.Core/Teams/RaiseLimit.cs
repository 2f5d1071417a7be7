using System.Globalization;
using Dapper;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Teams;

/// <summary>What somebody wants a team to have for a time.</summary>
/// <param name="Environments">Null for what the limit says.</param>
/// <param name="Monthly">Dollars a month; null for what the limit says.</param>
/// <param name="Last">The last day that it counts.</param>
/// <param name="Zone">In which that day ends.</param>
public sealed record WantedRaise(string LimitId, string Team, int? Environments, decimal? Monthly, DateOnly Last, TimeZoneInfo Zone, string Reason);

/// <summary>Lets a team have more than its limit until a day, or takes that back.</summary>
public sealed class RaiseLimit(Transactions transactions, TeamPolicy policy, TimeProvider clock)
{
    /// <summary>Longer than this it belongs into teams.yaml.</summary>
    public const int MostDays = 366;

    private const int LongestReason = 500;

    /// <returns>The raise's id; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, or <see cref="InvalidSpecification"/> with the fields <c>environments</c>, <c>monthly</c>, <c>last</c>, <c>reason</c>.</returns>
    public async Task<Outcome<Guid>> ExecuteAsync(Actor actor, WantedRaise wanted, CancellationToken cancellationToken)
    {
        if (!policy.MayRaise(actor))
            return new NotAllowed($"Only {policy.RaisedByInWords} raise limits.");
        if (actor.Teams.Contains(wanted.Team))
            return new NotAllowed($"You are in {wanted.Team} yourself: have somebody else raise its limit.");
        if (policy.Limits.FirstOrDefault(limit => limit.Id == wanted.LimitId && limit.IsFor(wanted.Team)) is not { } found)
            return new NotFound("There is no such limit any more.");
        var now = clock.GetUtcNow();
        var faults = Faults(found, wanted, now).ToList();
        if (faults.Count > 0)
            return new InvalidSpecification(faults);
        return await transactions.DoAsync<Outcome<Guid>>(async work =>
        {
            var (id, reason) = (Guid.CreateVersion7(now), PlainText.Clean(wanted.Reason).Trim());
            await work.Connection.ExecuteAsync(
                """
                insert into limit_raises (id, limit_id, team, environments, monthly, until, reason, by_id, by_name, made_at)
                values (@id, @LimitId, @Team, @Environments, @Monthly, @until, @reason, @Subject, @Name, @now)
                """,
                new { id, wanted.LimitId, wanted.Team, wanted.Environments, wanted.Monthly, until = wanted.Zone.BeginOf(wanted.Last.AddDays(1)), reason, actor.Subject, actor.Name, now });
            await new NewPortalEvent(actor, "limit.raised", EventSeverity.Info,
                string.Create(CultureInfo.InvariantCulture, $"{actor.Name} raised a limit of {wanted.Team}, {found.Title}, until {wanted.Last:yyyy-MM-dd} ({wanted.Zone.Id}): {reason}"))
            {
                Body = new { raiseId = id, limit = found.Id, wanted.Team, before = new { found.Environments, found.Monthly }, after = new { wanted.Environments, wanted.Monthly }, wanted.Last, zone = wanted.Zone.Id, reason },
            }.AppendAsync(work, now);
            return id;
        }, outcome => !outcome.IsRefused, cancellationToken);
    }

    /// <returns>The raise's id; or <see cref="NotAllowed"/>, <see cref="AlreadyDecided"/> where it is over.</returns>
    public async Task<Outcome<Guid>> EndAsync(Actor actor, Guid raiseId, CancellationToken cancellationToken)
    {
        if (!policy.MayRaise(actor))
            return new NotAllowed($"Only {policy.RaisedByInWords} take a raise back.");
        return await transactions.DoAsync<Outcome<Guid>>(async work =>
        {
            var now = clock.GetUtcNow();
            var ended = await work.Connection.QuerySingleOrDefaultAsync<(string Limit, string Team)?>(
                "update limit_raises set ended_at = @now where id = @raiseId and ended_at is null and until > @now returning limit_id, team", new { raiseId, now });
            if (ended is not var (limit, team))
                return new AlreadyDecided("It is over already, or somebody took it back before you.");
            await new NewPortalEvent(actor, "limit.restored", EventSeverity.Info, $"{actor.Name} took back what a limit of {team}, {limit}, was raised by")
            { Body = new { raiseId, limit, team } }.AppendAsync(work, now);
            return raiseId;
        }, outcome => !outcome.IsRefused, cancellationToken);
    }

    private static IEnumerable<FieldError> Faults(TeamLimit limit, WantedRaise wanted, DateTimeOffset now)
    {
        if (wanted is { Environments: null, Monthly: null })
            yield return new FieldError("environments", null, "Give a higher number, or a higher amount.");
        if (wanted.Environments is { } environments && (limit.Environments is not { } most || environments <= most || environments > 100_000))
            yield return new FieldError("environments", environments.ToString(CultureInfo.InvariantCulture), limit.Environments is { } is_ ? $"The limit is {is_} already: give more, 100,000 at most." : "This limit has no number of environments: leave it empty.");
        if (wanted.Monthly is { } monthly && (limit.Monthly is not { } amount || monthly <= amount || monthly > 1_000_000_000))
            yield return new FieldError("monthly", monthly.ToString(CultureInfo.InvariantCulture), limit.Monthly is { } now_ ? string.Create(CultureInfo.InvariantCulture, $"The limit is ${now_:#,0} already: give more.") : "This limit has no amount: leave it empty.");
        var today = wanted.Zone.DayOf(now);
        if (wanted.Last < today || wanted.Last > today.AddDays(MostDays))
            yield return new FieldError("last", wanted.Last.ToString("O", CultureInfo.InvariantCulture), $"Give a day from today on, within {MostDays} days. What is to last belongs into teams.yaml.");
        if (string.IsNullOrWhiteSpace(wanted.Reason) || wanted.Reason.Length > LongestReason)
            yield return new FieldError("reason", wanted.Reason, $"Say why, in {LongestReason} characters at most.");
    }
}
