using System.Buffers;
using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

internal static class Answers
{
    // Quotes as \" and not as \u0022: people read these texts.
    private static readonly JsonWriterOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // The API server compresses answers from this size on.
    private const int CompressedFrom = 128 * 1024;

    /// <summary>As messages quote a value.</summary>
    public static string Quoted(string text) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"";

    public static async Task WriteAsync(HttpContext context, JsonNode body, int status = StatusCodes.Status200OK, string contentType = "application/json")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        var text = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(text, _json))
            body.WriteTo(writer);
        if (text.WrittenCount < CompressedFrom || !context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.Ordinal))
        {
            await context.Response.Body.WriteAsync(text.WrittenMemory, context.RequestAborted);
            return;
        }

        context.Response.Headers.ContentEncoding = "gzip";
        var zip = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
        await using (zip.ConfigureAwait(false))
            await zip.WriteAsync(text.WrittenMemory, context.RequestAborted);
    }

    public static Task WriteAsync(HttpContext context, ApiException refusal) => WriteAsync(context, refusal.ToStatus(), refusal.Code);

    public static async Task WriteBodyAsync(HttpResponse response, JsonNode body, CancellationToken cancellationToken)
    {
        var writer = new Utf8JsonWriter(response.BodyWriter, _json);
        await using (writer.ConfigureAwait(false))
            body.WriteTo(writer);
        await response.BodyWriter.FlushAsync(cancellationToken);
    }

    public static JsonObject Success(ResourceKind kind, JsonObject document)
    {
        var details = new JsonObject { ["name"] = document.Name() };
        if (kind.Group.Length > 0)
            details["group"] = kind.Group;
        details["kind"] = kind.Plural;
        details["uid"] = document.Uid();
        return new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Success",
            ["details"] = details,
        };
    }
}
