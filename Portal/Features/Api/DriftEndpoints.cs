using Portal.Core;
using Portal.Core.Security;

namespace Portal.Features.Api;

/// <summary>/environments/{name}/drift.</summary>
internal static class DriftEndpoints
{
    private const string Drift = "/environments/{name}/drift";

    public static void MapDrift(this RouteGroupBuilder api)
    {
        api.MapGet(Drift, ListAsync).Takes(TakesQuery.Cursor, TakesQuery.Limit)
            .Says<Piece<DriftLine>>("listDrift", "What the last check found to be not as it was planned: what counts first, then what is left as it is.");
        api.MapGet($"{Drift}/check", async (string name, HttpContext http, DriftApi drift, CancellationToken token) => (await drift.CheckedAsync(ApiEndpoints.Who(http), name, token)).ToResult())
            .Says<DriftCheckAnswer>("getDriftCheck", "When it was compared with its plan, how many resources differed, and whether a check is under way.");
        api.MapPost($"{Drift}/check", CheckAsync).Does(TokenScope.Request)
            .Says<DriftCheckAnswer>("checkDrift", "Has it compared with its plan now; what comes of it is listed when askedAt is null again.", StatusCodes.Status202Accepted);
        api.MapPost($"{Drift}/revert", RevertAsync).TakesJson<RevertBody>().Does(TokenScope.Request)
            .Says<Begun>("revertDrift", "Makes what a step made be as it was planned again: the whole stack or release.", StatusCodes.Status202Accepted);
        api.MapPost($"{Drift}/ignore", IgnoreAsync).TakesJson<IgnoreBody>().Does(TokenScope.Request)
            .Says<Left>("ignoreDrift", "Leaves a resource that differs as it is until a moment within a year, or has it count again.");
    }

    private static async Task<IResult> ListAsync(string name, HttpContext http, DriftApi drift, CancellationToken token)
    {
        var query = new QueryValues(http);
        var (page, limit) = (query.CursorPage(), query.Limit);
        return query.Refusal is { } refusal ? refusal.ToResult() : (await drift.ListAsync(ApiEndpoints.Who(http), name, page, limit, token)).ToResult();
    }

    private static async Task<IResult> CheckAsync(string name, HttpContext http, DriftApi drift, CancellationToken token) =>
        (await drift.CheckAsync(ApiEndpoints.Who(http), name, token)).ToResult(standing => TypedResults.Accepted($"{EnvironmentEndpoints.UrlOf(name)}/drift/check", standing));

    private static async Task<IResult> RevertAsync(string name, HttpContext http, DriftApi drift, CancellationToken token)
    {
        var read = await Bodies.ReadAsync<RevertBody>(http);
        return read.Refusal is { } refusal ? refusal.ToResult() : (await drift.RevertAsync(ApiEndpoints.Who(http), name, read.Value!.Step, token)).ToResult(begun => TypedResults.Accepted(OperationEndpoints.UrlOf(begun.Id), begun));
    }

    private static async Task<IResult> IgnoreAsync(string name, HttpContext http, DriftApi drift, CancellationToken token)
    {
        var read = await Bodies.ReadAsync<IgnoreBody>(http);
        return read.Refusal is { } refusal ? refusal.ToResult() : (await drift.IgnoreAsync(ApiEndpoints.Who(http), name, read.Value!, token)).ToResult();
    }
}
