using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Teams;

/// <summary>Whose environments somebody sees.</summary>
public enum Visibility
{
    /// <summary>All.</summary>
    Open,

    /// <summary>Those of his teams, and those that are no team's; whoever operates the portal or decides requests sees all.</summary>
    Team,
}

/// <summary>Who sees what, and how much a team may have: teams.yaml.</summary>
public sealed record TeamPolicy
{
    public Visibility Visibility { get; init; } = Visibility.Open;

    public IReadOnlyList<TeamLimit> Limits { get; init; } = [];

    /// <summary>Roles that raise a limit for a time.</summary>
    public IReadOnlyList<string> RaisedBy { get; init; } = [];

    public bool MayRaise(Actor actor) => actor.Scopes is null && RaisedBy.Any(actor.Roles.Contains);

    /// <summary>For example "Ops or Admin".</summary>
    public string RaisedByInWords => string.Join(" or ", RaisedBy);
}

/// <summary>How much each team may have at a time. What is no team's counts for who asked for it.</summary>
/// <param name="Title">For example "Development environments of a team".</param>
/// <param name="Teams">Only these; empty for each team.</param>
/// <param name="Classes">What counts; empty for all.</param>
/// <param name="Environments">As many at most; null for any number.</param>
/// <param name="Monthly">Dollars a month at most, by the plans' estimates; null for any amount.</param>
public sealed record TeamLimit(string Id, string Title, IReadOnlyList<string> Teams, IReadOnlyList<EnvironmentClass> Classes, int? Environments, decimal? Monthly)
{
    public bool IsFor(string team) => Teams.Count == 0 || Teams.Contains(team);

    public bool Counts(EnvironmentClass one) => Classes.Count == 0 || Classes.Contains(one);
}
