using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsvHelper;
using CsvHelper.Configuration;
using Microsoft.AspNetCore.Mvc;
using Portal.Components.Shared;
using Portal.Core.Audit;
using Portal.Core.Security;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Audit;

/// <param name="InWords">What it is called.</param>
internal sealed record AuditFile(string Ending, string Type, string InWords, Func<StreamWriter, IAsyncEnumerable<AuditEntry>, CancellationToken, Task> Write);

/// <summary>The audit trail as files: written as it is read, however long it is.</summary>
internal static class AuditExport
{
    // Spreadsheets take cells that begin like a formula for one: people choose names and comments.
    private static readonly CsvConfiguration s_csv = new(CultureInfo.InvariantCulture) { InjectionOptions = InjectionOptions.Escape };

    public static IReadOnlyList<AuditFile> Files { get; } = [new("csv", "text/csv", "CSV", WriteCsvAsync), new("jsonl", "application/jsonl", "JSON Lines", WriteJsonAsync)];

    public static void MapAuditExport(this WebApplication app)
    {
        foreach (var file in Files)
        {
            app.MapGet($"{AuditList.Path}/export.{file.Ending}", (HttpContext context, AuditQueries audit, [AsParameters] Asked asked) => Answer(context, audit, asked, file))
                .RequireAuthorization(nameof(Permission.Audit));
        }
    }

    /// <summary>All entries that fit; of who may read them, which has been seen to.</summary>
    public static IResult Of(AuditQueries audit, Actor actor, AuditFilter filter, AuditFile file, CancellationToken cancellationToken) => TypedResults.Stream(
        async stream =>
        {
            await using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
            await file.Write(writer, audit.AllAsync(actor, filter, cancellationToken), cancellationToken);
        },
        file.Type, $"portal-audit.{file.Ending}");

    private static IResult Answer(HttpContext context, AuditQueries audit, Asked asked, AuditFile file)
    {
        var query = new QueryReader();
        var list = AuditList.Read(new AuditListAddress(asked.Search, asked.Environment, asked.By, asked.Kind, asked.From, asked.To, asked.Zone, asked.Show, null), query, TimeZoneInfo.Utc);
        // A file says nothing of what was left out, so that it would be taken for what was asked for.
        return query.Ignored.Count > 0
            ? TypedResults.Problem($"The address asks for what there is not: {string.Join(", ", query.Ignored)}. Days are written as 2026-11-30, zones as Europe/Berlin; show is 'everything' or left out.", statusCode: StatusCodes.Status400BadRequest)
            : Of(audit, CurrentActor.From(context.User), list.Filter, file, context.RequestAborted);
    }

    private static async Task WriteCsvAsync(StreamWriter writer, IAsyncEnumerable<AuditEntry> entries, CancellationToken cancellationToken)
    {
        await using var csv = new CsvWriter(writer, s_csv, leaveOpen: true);
        await csv.WriteRecordsAsync(entries.Select(one => new
        {
            at = one.At.ToString("O", CultureInfo.InvariantCulture),
            environment = one.Environment,
            number = one.Number,
            actor_id = one.ActorId,
            actor_name = one.ActorName,
            actor_kind = one.ActorKind.ToString(),
            kind = one.Kind,
            severity = one.Severity.ToString(),
            message = one.Message,
            body = one.Body,
            hash = one.Hash,
            actor_address = one.ActorAddress,
        }), cancellationToken);
    }

    private static async Task WriteJsonAsync(StreamWriter writer, IAsyncEnumerable<AuditEntry> entries, CancellationToken cancellationToken)
    {
        await foreach (var one in entries.WithCancellation(cancellationToken))
        {
            await writer.WriteLineAsync(JsonSerializer.Serialize(new
            {
                at = one.At,
                environment = one.Environment,
                number = one.Number,
                actor = new { id = one.ActorId, name = one.ActorName, kind = one.ActorKind.ToString(), address = one.ActorAddress },
                kind = one.Kind,
                severity = one.Severity.ToString(),
                message = one.Message,
                body = JsonNode.Parse(one.Body),
                hash = one.Hash,
            }).AsMemory(), cancellationToken);
        }
    }

    private sealed record Asked(
        [FromQuery] string? Search, [FromQuery] string? Environment, [FromQuery] string? By, [FromQuery] string? Kind, [FromQuery] string? From, [FromQuery] string? To, [FromQuery] string? Zone, [FromQuery] string? Show);
}
