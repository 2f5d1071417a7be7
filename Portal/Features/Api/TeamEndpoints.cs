namespace Portal.Features.Api;

/// <summary>/teams.</summary>
internal static class TeamEndpoints
{
    public static void MapTeams(this RouteGroupBuilder api) =>
        api.MapGet("/teams", ListAsync).Takes(TakesQuery.Cursor, TakesQuery.Limit, new QueryParameter("search", "Part of the name."))
            .Says<Piece<TeamAnswer>>("listTeams", "The teams that whom the token acts for sees, the dearest first: what each has, and how much of its limits that is.");

    private static async Task<IResult> ListAsync(HttpContext http, TeamsApi teams, CancellationToken token)
    {
        var query = new QueryValues(http);
        var (search, page, limit) = (query.Text("search"), query.CursorPage(), query.Limit);
        return query.Refusal is { } refusal ? refusal.ToResult() : TypedResults.Ok(await teams.ListAsync(ApiEndpoints.Who(http), search, page, limit, token));
    }
}
