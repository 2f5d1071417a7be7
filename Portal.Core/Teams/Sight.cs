using System.Linq.Expressions;
using Npgsql;
using Portal.Core.Approvals;
using Portal.Core.Persistence;
using Portal.Core.Security;

namespace Portal.Core.Teams;

/// <summary>Whose environments somebody sees.</summary>
/// <param name="Teams">Of whose environments, besides those that are no team's; null for all.</param>
public sealed record Seen(string[]? Teams)
{
    /// <summary>Of a row <c>e</c> of environments, with the parameter <c>@seen</c>: <see cref="Teams"/>.</summary>
    public const string Sql = "(@seen::text[] is null or e.team = '' or e.team = any(@seen))";

    public Expression<Func<EnvironmentRow, bool>> Environment => row => Teams == null || row.Team == "" || Teams.Contains(row.Team);
}

/// <summary>Says what somebody sees: the one place that every reading asks.</summary>
public sealed class Sight(TeamPolicy teams, ApprovalPolicy approvals, TimeProvider clock)
{
    /// <exception cref="UnauthorizedAccessException">The actor may not look at all. The pages' policy keeps such people out before; this is what counts when a page forgets.</exception>
    public async Task<Seen> OfAsync(NpgsqlConnection connection, Actor actor)
    {
        MayLook(actor);
        var sees = teams.Visibility == Visibility.Open || actor.Operates || approvals.HasApprover(actor)
            || (await DelegationQueries.StandInsAsync(connection, actor, clock.GetUtcNow())).Count > 0;
        return new Seen(sees ? null : [.. actor.Teams]);
    }

    /// <exception cref="UnauthorizedAccessException">The actor does not see the environment; whoever finds one by its name is told that there is none.</exception>
    public async Task MustSeeAsync(NpgsqlConnection connection, Actor actor, Guid environmentId)
    {
        if (!await SeesAsync(connection, actor, environmentId))
            throw new UnauthorizedAccessException($"{actor.Name} does not see this environment.");
    }

    /// <returns>Whether there is such an environment, and the actor sees it.</returns>
    public async Task<bool> SeesAsync(NpgsqlConnection connection, Actor actor, Guid environmentId)
    {
        var seen = await OfAsync(connection, actor);
        return await Ownership.FindAsync(connection, environmentId) is { } whose && (seen.Teams is null || whose.Team.Length == 0 || seen.Teams.Contains(whose.Team));
    }

    /// <inheritdoc cref="OfAsync"/>
    public static void MayLook(Actor actor)
    {
        if (!actor.May(Permission.View))
            throw new UnauthorizedAccessException($"{actor.Name} may not look at environments.");
    }
}
