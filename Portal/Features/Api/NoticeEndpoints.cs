using Portal.Core.Security;

namespace Portal.Features.Api;

/// <summary>/notices.</summary>
internal static class NoticeEndpoints
{
    public static void MapNotices(this RouteGroupBuilder api)
    {
        api.MapGet("/notices", ListAsync).Takes(TakesQuery.Cursor, TakesQuery.Limit, new QueryParameter("unread", "Only those that are not read.", Microsoft.OpenApi.JsonSchemaType.Boolean))
            .Says<Piece<NoticeAnswer>>("listNotices", "What whom the token acts for was told in the portal, newest first. A team is told nothing: its people are.");
        api.MapPost("/notices/read", MarkReadAsync).TakesJson<ReadBody>().Does(TokenScope.Read)
            .Says<MarkedRead>("markNoticesRead", "Marks one as read, or all up to it. Wants the scope request or approve.");
    }

    private static async Task<IResult> ListAsync(HttpContext http, NoticesApi notices, CancellationToken token)
    {
        var query = new QueryValues(http);
        var (unread, page, limit) = (query.Flag("unread"), query.CursorPage(), query.Limit);
        return query.Refusal is { } refusal ? refusal.ToResult() : TypedResults.Ok(await notices.ListAsync(ApiEndpoints.Who(http), unread, page, limit, token));
    }

    private static async Task<IResult> MarkReadAsync(HttpContext http, NoticesApi notices, CancellationToken token)
    {
        var read = await Bodies.ReadAsync<ReadBody>(http);
        return read.Refusal is { } refusal ? refusal.ToResult() : (await notices.MarkReadAsync(ApiEndpoints.Who(http), read.Value!, token)).ToResult();
    }
}
