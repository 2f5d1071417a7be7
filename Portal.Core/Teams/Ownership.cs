using Dapper;
using Npgsql;
using Portal.Core.Security;

namespace Portal.Core.Teams;

/// <summary>Whose an environment is.</summary>
/// <param name="Team">Empty where it is no team's: then it is everybody's who may ask for environments.</param>
public sealed record Ownership(string Name, string Team)
{
    /// <summary>Whether somebody may do anything to it, apart from what his roles let him do: its team's people, and those who operate the portal.</summary>
    public bool Allows(Actor actor) => Team.Length == 0 || actor.Kind == ActorKind.System || actor.Teams.Contains(Team) || actor.Operates;

    /// <summary>By which teams the rules of approval go: its own, or where it is no team's, those of who asks.</summary>
    public IEnumerable<string> TeamsOf(Actor actor) => Team.Length > 0 ? [Team] : actor.Teams;

    /// <returns>Why somebody may not; null where he may.</returns>
    public NotAllowed? Refusal(Actor actor) => Allows(actor)
        ? null
        : new NotAllowed($"{Name} is the team {Team}'s. Ask somebody of {Team}, or of {Policies.InWords(Permission.Operate)}.");

    /// <inheritdoc cref="Refusal(Actor)"/>
    /// <remarks>Null for an environment that there is not, too: whoever asks finds that out himself.</remarks>
    internal static async Task<NotAllowed?> RefusalAsync(NpgsqlConnection connection, Actor actor, Guid environmentId) =>
        (await FindAsync(connection, environmentId))?.Refusal(actor);

    internal static Task<Ownership?> FindAsync(NpgsqlConnection connection, Guid environmentId) =>
        connection.QuerySingleOrDefaultAsync<Ownership>("select name as Name, team as Team from environments where id = @environmentId", new { environmentId });
}
