using System.Globalization;
using System.Text.Json;
using Microsoft.OpenApi;
using Portal.Core;
using Portal.Core.Audit;
using Portal.Core.Security;
using Portal.Features.Audit;

namespace Portal.Features.Api;

/// <summary>/audit: who did what, over all environments.</summary>
internal static class AuditEndpoints
{
    private static readonly QueryParameter[] s_narrowing =
    [
        new("search", "Part of the sentence."), new("environment", "Only those of the environment of that name."), new("by", "Part of the name or the id of who did it."),
        new("kind", "How the kind begins, for example request."), new("from", "The first day, UTC, as 2026-11-30."), new("to", "The last day, UTC, as 2026-11-30."),
        new("system", "Also what the portal's own processes did and saw.", JsonSchemaType.Boolean),
    ];

    public static void MapAudit(this RouteGroupBuilder api)
    {
        api.MapGet("/audit", ListAsync).Takes([TakesQuery.Cursor, TakesQuery.Limit, .. s_narrowing]).Wants(TokenScope.Audit)
            .Says<Piece<AuditAnswer>>("listAudit", "Who did what, newest first.");
        foreach (var file in AuditExport.Files)
        {
            api.MapGet($"/audit/export.{file.Ending}", (HttpContext http, AuditQueries audit) => Export(http, audit, file)).Takes(s_narrowing).Wants(TokenScope.Audit)
                .Says($"exportAudit{char.ToUpperInvariant(file.Ending[0])}{file.Ending[1..]}", $"All of it as a file, newest first, as {file.InWords}.", file.Type);
        }

        api.MapGet("/audit/verification", VerifyAsync).Wants(TokenScope.Audit)
            .Says<AuditVerification>("verifyAudit", "Computes the hash of every entry anew, which takes a while: whether all are as they were written.");
    }

    private static async Task<IResult> ListAsync(HttpContext http, AuditQueries audit, CancellationToken token)
    {
        var (query, who) = (new QueryValues(http), ApiEndpoints.Who(http));
        var (filter, limit) = (Read(query), query.Limit);
        filter = filter with { After = query.Cursor(parts: 3) is { } cursor ? PlaceOf(cursor) ?? query.NoCursor<AuditPlace>() : null };
        if ((query.Refusal ?? AuditQueries.Refusal(who)) is { } refusal)
            return refusal.ToResult();
        var rows = await audit.FirstAsync(who, filter, limit + 1, token);
        return TypedResults.Ok(new Piece<AuditAnswer>([.. rows.Take(limit).Select(ToAnswer)], rows.Count > limit ? CursorOf(rows[limit - 1].Place) : null));
    }

    private static IResult Export(HttpContext http, AuditQueries audit, AuditFile file)
    {
        var (query, who) = (new QueryValues(http), ApiEndpoints.Who(http));
        var filter = Read(query);
        return (query.Refusal ?? AuditQueries.Refusal(who)) is { } refusal ? refusal.ToResult() : AuditExport.Of(audit, who, filter, file, http.RequestAborted);
    }

    private static async Task<IResult> VerifyAsync(HttpContext http, AuditQueries audit, CancellationToken token)
    {
        var who = ApiEndpoints.Who(http);
        if (AuditQueries.Refusal(who) is { } refusal)
            return refusal.ToResult();
        var verdict = await audit.VerifyAsync(who, token);
        return TypedResults.Ok(new AuditVerification(
            verdict.IsWhole, verdict.Entries, [.. verdict.Faults.Select(fault => new AuditFaultAnswer(Named(fault.Environment), fault.Number, fault.Kind, fault.InWords))], await audit.WeaknessAsync(who, token)));
    }

    private static AuditFilter Read(QueryValues query) => new()
    {
        Search = query.Text("search"),
        Environment = query.Text("environment")?.ToLowerInvariant(),
        By = query.Text("by"),
        Kind = query.Text("kind"),
        From = query.Day("from"),
        To = query.Day("to"),
        System = query.Flag("system"),
    };

    private static AuditAnswer ToAnswer(AuditEntry one) => new(
        one.At, Named(one.Environment), one.Number, new AuditActor(one.ActorKind, one.ActorId, one.ActorName, one.ActorAddress), one.Kind, one.Severity, one.Message, JsonSerializer.Deserialize<JsonElement>(one.Body), one.Hash);

    private static string? Named(string environment) => environment.Length == 0 ? null : environment;

    private static string CursorOf(AuditPlace place) =>
        QueryValues.CursorOf(place.At.UtcTicks.ToString(CultureInfo.InvariantCulture), place.Chain.ToString("D", CultureInfo.InvariantCulture), place.Number.ToString(CultureInfo.InvariantCulture));

    private static AuditPlace? PlaceOf(string[] parts) =>
        long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTimeOffset.MaxValue.Ticks && Guid.TryParseExact(parts[1], "D", out var chain)
        && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new AuditPlace(new DateTimeOffset(ticks, TimeSpan.Zero), chain, number) : null;
}
