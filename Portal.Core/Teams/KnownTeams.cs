using Dapper;
using Npgsql;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Teams;

/// <summary>Teams, as the sign-in has told of them.</summary>
public sealed class KnownTeams(NpgsqlDataSource database)
{
    /// <summary>More are not offered.</summary>
    public const int MostChoices = 200;

    /// <summary>A team is there as long as somebody who signed in is in it, or something is its. Rows with a name.</summary>
    internal const string Sql = "select unnest(teams) as name from people union select team from environments e where e.team <> '' and e.state not in ('Destroyed', 'Rejected')";

    /// <summary>To which teams somebody may give an environment: his own; all, for those who operate the portal.</summary>
    public async Task<IReadOnlyList<string>> ChoicesAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return [];
        if (!actor.Operates)
            return [.. actor.Teams.Order(StringComparer.Ordinal)];
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var known = await connection.QueryAsync<string>($"select name from ({Sql}) k order by name limit {MostChoices}");
        return [.. actor.Teams.Union(known, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <returns>Why an environment cannot be given to the team; null where it can, or where it is to be no team's.</returns>
    internal async Task<FieldError?> FaultAsync(NpgsqlConnection connection, Actor actor, string team, CancellationToken cancellationToken)
    {
        if (team.Length == 0 || actor.Teams.Contains(team))
            return null;
        if (actor.Operates)
        {
            var isKnown = PlainText.Clean(team) == team && await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
                $"select exists (select from ({Sql}) k where name = @team)", new { team }, cancellationToken: cancellationToken));
            return isKnown ? null : new FieldError("team", team, $"Nobody who ever signed in is in a team '{team}'. Check how it is written under Portal:SignIn:Teams.");
        }

        var own = actor.Teams.Count == 0 ? "You are in none: leave it empty" : $"Yours: {string.Join(", ", actor.Teams.Order(StringComparer.Ordinal))}";
        return new FieldError("team", team, $"You are not in the team '{team}'. {own}.");
    }
}
