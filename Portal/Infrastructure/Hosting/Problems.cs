using System.Text.Json.Serialization;
using Portal.Core;

namespace Portal.Infrastructure.Hosting;

/// <summary>An answer that is a "no", for programs: problem details, RFC 9457.</summary>
public sealed record Problem
{
    /// <summary>What kind it is; the same as <see cref="Code"/>, as an address.</summary>
    public required string Type { get; init; }

    /// <summary>The status in words.</summary>
    public required string Title { get; init; }

    public required int Status { get; init; }

    /// <summary>What happened and what can be done, for people.</summary>
    public required string Detail { get; init; }

    /// <summary>For programs, for example <c>name_taken</c>.</summary>
    public required string Code { get; init; }

    /// <summary>Every field that needs mending; not there where it is not about fields.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<FieldError>? Errors { get; init; }
}

internal static class Problems
{
    public const string ContentType = "application/problem+json";

    /// <summary>What is for programs, who read no pages.</summary>
    public static bool IsForPrograms(PathString path) => path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) || path.StartsWithSegments("/mcp", StringComparison.OrdinalIgnoreCase);

    public static Problem Of(int status, string code, string detail, IReadOnlyList<FieldError>? errors = null) => new()
    {
        Type = $"urn:portal:{code}",
        Title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
        Status = status,
        Detail = detail,
        Code = code,
        Errors = errors,
    };

    /// <summary>For a bare status.</summary>
    public static Task WriteAsync(HttpContext context, int status)
    {
        var (code, detail) = status switch
        {
            StatusCodes.Status400BadRequest => ("unreadable", "The request cannot be read."),
            StatusCodes.Status404NotFound => ("no_such_address", "There is nothing at this address. What there is stands in /api/v1/openapi.json."),
            StatusCodes.Status405MethodNotAllowed => ("method_not_allowed", "This address does not take that method."),
            StatusCodes.Status413PayloadTooLarge => ("too_large", "The body is larger than what is read."),
            StatusCodes.Status415UnsupportedMediaType => ("unsupported_media_type", "The body has to be application/json, or application/yaml for a specification."),
            StatusCodes.Status503ServiceUnavailable => ("database_away", "The database does not answer. Ask again in a few seconds; with an Idempotency-Key it happens once, whatever has happened."),
            >= StatusCodes.Status500InternalServerError => ("fault", "Something went wrong here, and was written down. Ask again later."),
            _ => ("refused", "This was refused."),
        };
        return WriteAsync(context, status, code, detail);
    }

    public static Task WriteAsync(HttpContext context, int status, string code, string detail)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(Of(status, code, detail), s_json, ContentType, context.RequestAborted);
    }

    private static readonly System.Text.Json.JsonSerializerOptions s_json = new(System.Text.Json.JsonSerializerDefaults.Web);
}
