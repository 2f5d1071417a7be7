using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Portal.Emulator.Aws.Signing;

/// <summary>
/// Signature Version 4 as the server computes it.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
/// </summary>
internal static partial class SignatureV4
{
    public const string Algorithm = "AWS4-HMAC-SHA256";

    /// <param name="rawPath">As it stood in the request line: S3 apart, services sign the path encoded once more.</param>
    /// <param name="query">Decoded pairs, without X-Amz-Signature.</param>
    /// <param name="headers">The signed ones, lower case.</param>
    public static string CanonicalRequest(
        string method, string rawPath, IEnumerable<KeyValuePair<string, string>> query,
        IReadOnlyCollection<KeyValuePair<string, string>> headers, string payloadHash, bool isS3 = false)
    {
        var text = new StringBuilder(method).Append('\n');
        // S3's keys may hold anything, dots and slashes in a row included, so their paths are signed as they are.
        text.AppendJoin('/', isS3 ? rawPath.Split('/').Select(segment => Encode(Uri.UnescapeDataString(segment))) : NormalizePath(rawPath).Split('/').Select(Encode)).Append('\n');
        text.AppendJoin('&', query.Select(pair => (Name: Encode(pair.Key), Value: Encode(pair.Value)))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal)
            .Select(pair => $"{pair.Name}={pair.Value}")).Append('\n');
        foreach (var (name, value) in headers.OrderBy(header => header.Key, StringComparer.Ordinal))
            text.Append(name).Append(':').Append(Spaces().Replace(value.Trim(), " ")).Append('\n');
        text.Append('\n').AppendJoin(';', headers.Select(header => header.Key).Order(StringComparer.Ordinal)).Append('\n');
        return text.Append(payloadHash).ToString();
    }

    public static string Sign(string secret, string canonicalRequest, string amzDate, CredentialScope scope)
    {
        var toSign = $"{Algorithm}\n{amzDate}\n{scope}\n{Hash(Encoding.UTF8.GetBytes(canonicalRequest))}";
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in new[] { scope.Date, scope.Region, scope.Service, "aws4_request", toSign })
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return Convert.ToHexStringLower(key);
    }

    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static bool TryParseDate(string? text, out DateTimeOffset date) => DateTimeOffset.TryParseExact(
        text, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out date);

    public static string FormatDate(DateTimeOffset date) => date.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Splits a raw query string and decodes it; <c>+</c> stays what it is, as in RFC 3986.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> ParseQuery(string rawQuery) =>
        [.. rawQuery.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2))
            .Select(pair => KeyValuePair.Create(Uri.UnescapeDataString(pair[0]), pair.Length > 1 ? Uri.UnescapeDataString(pair[1]) : ""))];

    /// <summary>Uri.EscapeDataString leaves exactly the unreserved characters, which is AWS's own rule.</summary>
    private static string Encode(string text) => Uri.EscapeDataString(text);

    /// <summary>Resolves dots and repeated slashes (RFC 3986 section 6), keeping a slash at the end.</summary>
    private static string NormalizePath(string rawPath)
    {
        var segments = new List<string>();
        foreach (var segment in rawPath.Split('/'))
        {
            if (segment == ".." && segments.Count > 0)
                segments.RemoveAt(segments.Count - 1);
            else if (segment.Length > 0 && segment is not ("." or ".."))
                segments.Add(segment);
        }

        return "/" + string.Join('/', segments) + (segments.Count > 0 && rawPath.EndsWith('/') ? "/" : "");
    }

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}

internal sealed record CredentialScope(string AccessKeyId, string Date, string Region, string Service)
{
    /// <summary>Reads <c>AKID/20261122/us-east-1/sts/aws4_request</c>; null if it is not of that form.</summary>
    public static CredentialScope? Parse(string? credential)
    {
        var parts = credential?.Split('/') ?? [];
        return parts is [var key, var date, var region, var service, "aws4_request"] ? new CredentialScope(key, date, region, service) : null;
    }

    public override string ToString() => $"{Date}/{Region}/{Service}/aws4_request";
}
