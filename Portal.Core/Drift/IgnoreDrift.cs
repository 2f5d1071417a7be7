using System.Globalization;
using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Teams;

namespace Portal.Core.Drift;

/// <summary>Leaves a resource that differs as it is, until a date; then it counts again.</summary>
public sealed class IgnoreDrift(Transactions transactions, TimeProvider clock)
{
    /// <summary>Longer than this nobody remembers why.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    /// <returns>The environment; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, or <see cref="InvalidSpecification"/> with the field <c>until</c>.</returns>
    /// <param name="until">Null to have it count again now.</param>
    public async Task<Outcome<Guid>> ExecuteAsync(Actor actor, Guid environmentId, string step, string resource, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not decide what counts. Ask for the role {Roles.Engineer}.");
        var now = clock.GetUtcNow();
        if (until <= now || until > now + Longest)
            return new InvalidSpecification([new FieldError("until", until?.ToString("u", CultureInfo.InvariantCulture), "It can be left as it is until a day within a year from now.")]);
        return await transactions.DoAsync<Outcome<Guid>>(async work =>
        {
            if (await Ownership.RefusalAsync(work.Connection, actor, environmentId) is { } refusal)
                return refusal;
            if (!await work.Connection.ExecuteScalarAsync<bool>(
                "select exists (select from drifts where environment_id = @environmentId and step = @step and resource = @resource)", new { environmentId, step, resource }))
                return new NotFound("It does not differ any more.");
            await work.Connection.ExecuteAsync(
                until is null
                    ? "delete from drift_ignores where environment_id = @environmentId and step = @step and resource = @resource"
                    : """
                      insert into drift_ignores (environment_id, step, resource, until, by_name) values (@environmentId, @step, @resource, @until, @Name)
                      on conflict (environment_id, step, resource) do update set until = excluded.until, by_name = excluded.by_name
                      """, new { environmentId, step, resource, until, actor.Name });
            await new NewEvent(actor, environmentId, null, step, "drift.ignored", EventSeverity.Info,
                until is { } day ? string.Create(CultureInfo.InvariantCulture, $"{actor.Name} leaves {resource} as it is until {day.UtcDateTime:yyyy-MM-dd HH:mm} UTC") : $"{actor.Name} has {resource} count again")
            { Body = new { resource, until } }.AppendAsync(work, now);
            return environmentId;
        }, outcome => !outcome.IsRefused, cancellationToken);
    }
}
