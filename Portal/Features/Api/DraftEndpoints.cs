using System.Globalization;
using Portal.Core;
using Portal.Core.Security;

namespace Portal.Features.Api;

/// <summary>/drafts.</summary>
internal static class DraftEndpoints
{
    private const string One = "/drafts/{id:guid}";

    public static void MapDrafts(this RouteGroupBuilder api)
    {
        api.MapGet("/drafts", ListAsync).Takes(TakesQuery.Cursor, TakesQuery.Limit)
            .Says<Piece<DraftLine>>("listDrafts", "What whom the token acts for has typed and not submitted, the newest first.");
        api.MapGet(One, FindAsync).Says<DraftAnswer>("getDraft", "One draft as a specification. Its ETag is its version.");
        api.MapPut(One, SaveAsync).TakesJson<DraftBody>().TakesIfMatch("The draft's ETag, the version that was written upon; none for a draft that is not there yet.").Wants(TokenScope.Request)
            .Says<DraftKept>("saveDraft", "Keeps it under an id of the caller's choosing. It need not be complete; the form at /requests/new?draft=… goes on with it.");
        api.MapDelete(One, RemoveAsync).Wants(TokenScope.Request).Says("removeDraft", "Throws it away; one that is not there is away already.");
    }

    private static async Task<IResult> ListAsync(HttpContext http, DraftsApi drafts, CancellationToken token)
    {
        var query = new QueryValues(http);
        var (page, limit) = (query.CursorPage(), query.Limit);
        return query.Refusal is { } refusal ? refusal.ToResult() : TypedResults.Ok(await drafts.ListAsync(ApiEndpoints.Who(http), page, limit, token));
    }

    private static async Task<IResult> FindAsync(Guid id, HttpContext http, DraftsApi drafts, CancellationToken token) =>
        (await drafts.FindAsync(ApiEndpoints.Who(http), id, token)).ToResult(draft => ApiEndpoints.Tagged(http, draft, Tag(draft.Version)));

    private static async Task<IResult> SaveAsync(Guid id, HttpContext http, DraftsApi drafts, CancellationToken token)
    {
        var read = await Bodies.ReadAsync<DraftBody>(http);
        var tag = ApiEndpoints.IfMatch(http);
        if ((read.Refusal ?? tag.Refusal) is { } refusal)
            return refusal.ToResult();
        // A tag that no version has is of no version.
        var basis = tag.Value is null ? 0 : int.TryParse(tag.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0 ? version : int.MaxValue;
        return (await drafts.SaveAsync(ApiEndpoints.Who(http), id, basis, read.Value!, token)).ToResult(kept =>
        {
            http.Response.Headers.ETag = $"\"{Tag(kept.Version)}\"";
            return TypedResults.Ok(kept);
        });
    }

    private static async Task<IResult> RemoveAsync(Guid id, HttpContext http, DraftsApi drafts, CancellationToken token) =>
        (await drafts.RemoveAsync(ApiEndpoints.Who(http), id, token)).ToResult(_ => TypedResults.NoContent());

    private static string Tag(int version) => version.ToString(CultureInfo.InvariantCulture);
}
