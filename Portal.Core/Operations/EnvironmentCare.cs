using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Teams;

namespace Portal.Core.Operations;

/// <summary>How long an environment lives, when it sleeps, and whether it is protected from its end.</summary>
/// <param name="ExpiresAt">Null for never.</param>
/// <param name="Timetable">Null for always awake.</param>
public sealed record CareSettings(DateTimeOffset? ExpiresAt, Timetable? Timetable, bool IsProtected);

/// <summary>It is protected from its end.</summary>
public sealed record EnvironmentProtected(string Name)
    : Refusal("environment_protected", $"{Name} is protected: {Policies.InWords(Permission.Operate)} have to lift the protection first.");

/// <summary>Changes how an environment is cared for; nothing of it is changed by that itself.</summary>
public sealed class EnvironmentCare(Transactions transactions, TimeProvider clock)
{
    /// <summary>How long an expired environment is kept yet, so that somebody can stop its end.</summary>
    public static readonly TimeSpan CoolingOff = TimeSpan.FromHours(24);

    /// <summary>Somebody is told when so many days are left.</summary>
    public static readonly IReadOnlyList<int> ReminderDays = [7, 1];

    /// <returns>The settings; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, or <see cref="InvalidSpecification"/> with the fields <c>expiresAt</c> and <c>timetable.…</c>.</returns>
    public Task<Outcome<CareSettings>> SetAsync(Actor actor, Guid environmentId, CareSettings wanted, CancellationToken cancellationToken) => WithAsync(
        actor, environmentId, async (work, name, now) =>
        {
            var before = await ReadAsync(work.Connection, environmentId);
            if (before.IsProtected && !wanted.IsProtected && !actor.May(Permission.Operate))
                return new EnvironmentProtected(name);
            var errors = (wanted.Timetable?.Faults() ?? []).ToList();
            if (wanted.ExpiresAt != before.ExpiresAt && wanted.ExpiresAt is { } expiry && (expiry <= now || expiry > now.AddDays(FieldLimits.LifetimeDays.High)))
                errors.Add(new FieldError("expiresAt", expiry.ToString("u", System.Globalization.CultureInfo.InvariantCulture), $"It has to be in the future, and within {FieldLimits.LifetimeDays.High} days."));
            if (errors.Count > 0)
                return new InvalidSpecification(errors);
            await WriteAsync(work.Connection, environmentId, before, wanted);
            await new NewEvent(actor, environmentId, null, null, "care.changed", EventSeverity.Info, $"{actor.Name}: {InWords(before, wanted)}") { Body = new { before, after = wanted } }
                .AppendAsync(work, now);
            return wanted;
        }, cancellationToken);

    /// <summary>Gives an environment that expires, or has expired, more days from now on.</summary>
    public Task<Outcome<CareSettings>> KeepAsync(Actor actor, Guid environmentId, int days, CancellationToken cancellationToken) => WithAsync(
        actor, environmentId, async (work, _, now) =>
        {
            if (days < FieldLimits.LifetimeDays.Low || days > FieldLimits.LifetimeDays.High)
                return new InvalidSpecification([new FieldError("days", days.ToString(System.Globalization.CultureInfo.InvariantCulture), $"Give 1 to {FieldLimits.LifetimeDays.High} days.")]);
            var before = await ReadAsync(work.Connection, environmentId);
            var after = before with { ExpiresAt = now.AddDays(days) };
            await WriteAsync(work.Connection, environmentId, before, after);
            await new NewEvent(actor, environmentId, null, null, "care.changed", EventSeverity.Info, $"{actor.Name} keeps it for {days} more {(days == 1 ? "day" : "days")}") { Body = new { before, after } }
                .AppendAsync(work, now);
            return after;
        }, cancellationToken);

    /// <summary>What a new environment begins with, in the transaction that approves it.</summary>
    internal static Task BeginAsync(NpgsqlConnection connection, Guid environmentId, int lifetimeDays, DateTimeOffset now) => connection.ExecuteAsync(
        "update environments set expires_at = @expires where id = @environmentId", new { environmentId, expires = now.AddDays(lifetimeDays) });

    private async Task<Outcome<CareSettings>> WithAsync(
        Actor actor, Guid environmentId, Func<Work, string, DateTimeOffset, Task<Outcome<CareSettings>>> change, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not change anything. Ask for the role {Roles.Engineer}.");
        return await transactions.DoAsync<Outcome<CareSettings>>(async work =>
        {
            var found = await work.Connection.QuerySingleOrDefaultAsync<(string Name, string Team, EnvironmentState State)?>("select name, team, state from environments where id = @environmentId for update", new { environmentId });
            if (found is not { } environment || !environment.State.Exists())
                return new NotFound("There is no such environment any more.");
            return new Ownership(environment.Name, environment.Team).Refusal(actor) is { } refusal ? refusal : await change(work, environment.Name, clock.GetUtcNow());
        }, outcome => !outcome.IsRefused, cancellationToken);
    }

    private static async Task<CareSettings> ReadAsync(NpgsqlConnection connection, Guid environmentId)
    {
        var (expires, timetable, isProtected) = await connection.QuerySingleAsync<(DateTime?, string?, bool)>(
            "select expires_at, timetable::text, protected from environments where id = @environmentId", new { environmentId });
        return new CareSettings(expires is { } at ? new DateTimeOffset(at, TimeSpan.Zero) : null, timetable is null ? null : Timetable.FromJson(timetable), isProtected);
    }

    // A new end of life takes back what the old one had set going; a new timetable is followed at the next sweep.
    private static Task WriteAsync(NpgsqlConnection connection, Guid environmentId, CareSettings before, CareSettings after) => connection.ExecuteAsync(
        """
        update environments set
          reminded_days = case when @isNewEnd then null else reminded_days end,
          destroyed_after = case when @isNewEnd then null else destroyed_after end,
          expires_at = @ExpiresAt, protected = @IsProtected,
          timetable_at = case when @isNewTimetable then null else timetable_at end,
          timetable = @timetable::jsonb
        where id = @environmentId
        """,
        new
        {
            environmentId,
            isNewEnd = before.ExpiresAt != after.ExpiresAt,
            isNewTimetable = before.Timetable?.ToJson() != after.Timetable?.ToJson(),
            after.ExpiresAt,
            after.IsProtected,
            timetable = after.Timetable?.ToJson(),
        });

    private static string InWords(CareSettings before, CareSettings after)
    {
        var said = new List<string>();
        if (before.ExpiresAt != after.ExpiresAt)
            said.Add(after.ExpiresAt is { } expiry ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"it expires on {expiry.UtcDateTime:yyyy-MM-dd HH:mm} UTC") : "it does not expire");
        if (before.Timetable?.ToJson() != after.Timetable?.ToJson())
            said.Add(after.Timetable is { } timetable ? $"it is awake {timetable.InWords()}" : "it is always awake");
        if (before.IsProtected != after.IsProtected)
            said.Add(after.IsProtected ? "it is protected from its end" : "its protection is lifted");
        return said.Count == 0 ? "nothing about its care changed" : string.Join(", ", said);
    }
}
