using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Portal.Core.Provisioning;
using Portal.Worker.Steps.Probes;

namespace Portal.Worker.Inquiries;

/// <summary>An answer of a front door as a person reads it: text, bounded, without what looks like a secret. Pure.</summary>
internal static class DoorText
{
    /// <summary>Bytes of a body that are read.</summary>
    public const int MostBody = 64 * 1024;

    private const int MostHeaders = 50;

    // A pattern that looks for secrets takes long for a long line.
    private const int LongestLine = 1_000;

    private static readonly JsonSerializerOptions s_readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IReadOnlyList<string> Headers(DoorAnswer answer) =>
        [.. answer.Headers.Take(MostHeaders).Select(header => Evidence.Presentable($"{header.Name}: {header.Value}"))];

    /// <returns>The text, null where there is none to show; and what is not as it came.</returns>
    public static (string? Text, string? Note) Body(DoorAnswer answer)
    {
        if (answer.Body.Length == 0)
            return (null, answer.IsCut ? "The body broke off before anything of it came." : null);
        if (Decoded(answer) is not { } text)
            return (null, $"{Number(answer.Body.Length)} bytes{(answer.IsCut ? " and more" : null)} that are no text (UTF-8).");
        var notes = new List<string>();
        if (answer.IsCut)
            notes.Add($"Only the first {Number(answer.Body.Length)} bytes.");
        else if (Indented(text) is { } json)
            text = json;
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        if (Array.Exists(lines, line => line.Length > LongestLine))
            notes.Add($"Lines end after {Number(LongestLine)} characters.");
        try
        {
            var shown = lines.Select(line => Evidence.Blotted(line.Length > LongestLine ? line[..LongestLine] + "…" : line)).ToList();
            if (!shown.SequenceEqual(lines.Select(line => line.TrimEnd()), StringComparer.Ordinal) && shown.Exists(line => line.Contains("[removed]", StringComparison.Ordinal)))
                notes.Add("What looks like a secret is left out.");
            return (string.Join('\n', shown), notes.Count > 0 ? string.Join(' ', notes) : null);
        }
        catch (RegexMatchTimeoutException)
        {
            return (null, $"{Number(answer.Body.Length)} bytes that could not be searched for secrets in time, so they are not shown.");
        }
    }

    private static string? Decoded(DoorAnswer answer)
    {
        var decoder = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetDecoder();
        try
        {
            // What was cut may end within a letter.
            var letters = new char[answer.Body.Length];
            var count = decoder.GetChars(answer.Body.Span, letters, flush: !answer.IsCut);
            var text = new string(letters, 0, count);
            return text.Contains('\0', StringComparison.Ordinal) ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    // Whatever its type says: services are not always right about that.
    private static string? Indented(string text)
    {
        if (text.TrimStart() is not ['{' or '[', ..])
            return null;
        try
        {
            using var document = JsonDocument.Parse(text);
            return JsonSerializer.Serialize(document.RootElement, s_readable);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
