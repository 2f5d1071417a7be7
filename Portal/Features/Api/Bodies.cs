using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Net.Http.Headers;
using Portal.Core;
using Portal.Core.Specifications;

namespace Portal.Features.Api;

public sealed record TooLarge() : Refusal("too_large", $"The body is larger than {Bodies.Most / 1024} KiB, which is as much as is read.");

/// <summary>Reads what a program sends: bounded, and with a sentence where it cannot be read.</summary>
internal static class Bodies
{
    /// <summary>Bytes: a specification as long as one may be, in letters of more than one byte.</summary>
    public const int Most = 1024 * 1024;

    public static readonly string[] Yaml = ["application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"];

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>As answers are written; a field that nobody knows is refused, and so is a number as text.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false) },
        NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        MaxDepth = 16,
    };

    /// <param name="usual">For a body that is not there; null where there has to be one.</param>
    public static async Task<Outcome<T>> ReadAsync<T>(HttpContext context, T? usual = null)
        where T : class
    {
        var read = await TextAsync(context);
        if (read.Refusal is { } refusal)
            return refusal;
        if (string.IsNullOrWhiteSpace(read.Value))
            return usual is null ? new Unreadable("body", null, "The body is empty; it has to be JSON.") : usual;
        if (!IsJson(context.Request))
            return new Unreadable("Content-Type", context.Request.ContentType, "The body has to be application/json.");
        try
        {
            return JsonSerializer.Deserialize<T>(read.Value, Json) is { } body ? body : new Unreadable("body", "null", "The body is null; it has to be an object.");
        }
        catch (JsonException error)
        {
            var field = error.Path is { Length: > 2 } path ? PlainText.Clean(path[2..]) : "body";
            return new Unreadable(field, null, $"{field} cannot be read{(error.LineNumber is { } line ? $" (line {line + 1})" : "")}. The body is JSON with {Fields(typeof(T))}.");
        }
        catch (InvalidOperationException)
        {
            return new Unreadable("body", null, "The body cannot be read: a text has half of a letter (a surrogate without its other half).");
        }
    }

    /// <summary>A specification, as YAML or as JSON.</summary>
    public static async Task<Outcome<Specification>> SpecificationAsync(HttpContext context)
    {
        var read = await TextAsync(context);
        if (read.Refusal is { } refusal)
            return refusal;
        if (IsJson(context.Request))
            return SpecificationYaml.ReadJson(read.Value!);
        return MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) && Yaml.Contains(type.MediaType.Value, StringComparer.OrdinalIgnoreCase)
            ? SpecificationYaml.Read(read.Value!)
            : new Unreadable("Content-Type", context.Request.ContentType, "The body has to be application/yaml or application/json.");
    }

    // The serializer's own words name types of ours.
    private static string Fields(Type type) => string.Join(", ", Json.GetTypeInfo(type).Properties.Select(property =>
        $"{property.Name} ({(property.IsRequired || property.AssociatedParameter is { HasDefaultValue: false } ? "needed" : "optional")})"));

    private static bool IsJson(HttpRequest request) => MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase);

    private static async Task<Outcome<string>> TextAsync(HttpContext context)
    {
        try
        {
            // UTF-8 whatever it begins with: marks of other encodings are none of ours.
            using var reader = new StreamReader(context.Request.Body, s_strict, detectEncodingFromByteOrderMarks: false);
            return (await reader.ReadToEndAsync(context.RequestAborted)).TrimStart('\ufeff');
        }
        catch (DecoderFallbackException)
        {
            return new Unreadable("body", null, "The body is not UTF-8.");
        }
        catch (BadHttpRequestException error) when (error.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return new TooLarge();
        }
    }
}
