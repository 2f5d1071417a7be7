using Dapper;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Teams;

namespace Portal.Core.Operations;

/// <summary>Gives an environment to another team. Nothing of it changes by that.</summary>
public sealed class HandOverEnvironment(Transactions transactions, KnownTeams teams, TeamLimits limits, TimeProvider clock)
{
    /// <param name="team">Empty for no team's.</param>
    /// <returns>The team; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, or <see cref="InvalidSpecification"/> with the field <c>team</c>.</returns>
    public async Task<Outcome<string>> ExecuteAsync(Actor actor, Guid environmentId, string team, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not change anything. Ask for the role {Roles.Engineer}.");
        return await transactions.DoAsync(work => HandOverAsync(work, actor, environmentId, team.Trim(), cancellationToken), outcome => !outcome.IsRefused, cancellationToken);
    }

    private async Task<Outcome<string>> HandOverAsync(Work work, Actor actor, Guid environmentId, string team, CancellationToken cancellationToken)
    {
        await TeamLimits.HoldAsync(work.Connection, team);
        var found = await work.Connection.QuerySingleOrDefaultAsync<Row>(
            """
            select e.name as Name, e.team as Team, e.owner_id as OwnerId, e.state as State, e.monthly_cost as Monthly, s.document ->> 'class' as Class
            from environments e join specifications s on s.environment_id = e.id and s.version = e.specification_version
            where e.id = @environmentId for update of e
            """, new { environmentId });
        if (found is null || !found.State.Exists())
            return new NotFound("There is no such environment any more.");
        if (new Ownership(found.Name, found.Team).Refusal(actor) is { } refusal)
            return refusal;
        if (found.Team == team)
            return team;
        if (await teams.FaultAsync(work.Connection, actor, team, cancellationToken) is { } fault)
            return new InvalidSpecification([fault]);
        var over = await limits.CheckAsync(work.Connection, new Claim(team, found.OwnerId, Enum.Parse<EnvironmentClass>(found.Class), environmentId, found.Monthly));
        if (over.Count > 0)
            return new InvalidSpecification(over);
        await work.Connection.ExecuteAsync("update environments set team = @team where id = @environmentId", new { environmentId, team });
        await new NewEvent(actor, environmentId, null, null, "team.changed", EventSeverity.Info,
            team.Length == 0 ? $"{actor.Signature} made it no team's in particular" : $"{actor.Signature} handed it over to {team}")
        { Body = new { before = found.Team, after = team } }.AppendAsync(work, clock.GetUtcNow());
        return team;
    }

    private sealed record Row
    {
        public string Name { get; init; } = "";
        public string Team { get; init; } = "";
        public string OwnerId { get; init; } = "";
        public EnvironmentState State { get; init; }
        public decimal Monthly { get; init; }
        public string Class { get; init; } = "";
    }
}
