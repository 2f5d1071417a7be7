using Portal.Core.Environments;
using Portal.Core.Security;

namespace Portal.Features.Api;

/// <summary>What programs ask of teams: the page's own queries, in the words of the API.</summary>
public sealed class TeamsApi(TeamQueries teams)
{
    /// <param name="page">From 0.</param>
    public async Task<Piece<TeamAnswer>> ListAsync(Actor actor, string? search, int page, int limit, CancellationToken cancellationToken)
    {
        var read = await teams.ListAsync(actor, search, page, cancellationToken, limit);
        var answers = page > read.Number ? [] : read.Rows.Select(one => new TeamAnswer(
            one.Name, one.Environments, one.Monthly,
            [.. one.Limits.Select(use => new TeamLimitAnswer(use.Limit.Title, use.UsedEnvironments, use.Environments, use.UsedMonthly, use.Monthly, use.RaisedUntil))])).ToList();
        return QueryValues.PieceOf(answers, read.Number, limit, read.Total);
    }
}
