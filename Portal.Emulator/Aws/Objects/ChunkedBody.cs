using System.Globalization;
using System.Text;

namespace Portal.Emulator.Aws.Objects;

/// <summary>
/// <c>aws-chunked</c>: pieces with a line before each, and checksums after the last; SDKs send uploads so.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
/// </summary>
internal static class ChunkedBody
{
    public static bool Is(AwsRequest request) => request.Header("x-amz-content-sha256")?.StartsWith("STREAMING-", StringComparison.Ordinal) == true;

    /// <exception cref="AwsException">The body is not of that form, or its length is not the one that was said.</exception>
    public static byte[] Read(AwsRequest request)
    {
        var rest = request.Body.Span;
        using var content = new MemoryStream();
        while (true)
        {
            var end = rest.IndexOf("\r\n"u8);
            // The size ends at a semicolon where a signature follows it.
            if (end < 0 || !int.TryParse(Encoding.ASCII.GetString(rest[..end]).Split(';')[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size) || rest.Length < end + 2 + size)
                throw Incomplete();
            if (size == 0)
                break;
            content.Write(rest.Slice(end + 2, size));
            rest = rest[(end + 2 + size)..];
            if (!rest.StartsWith("\r\n"u8))
                throw Incomplete();
            rest = rest[2..];
        }

        return request.Header("x-amz-decoded-content-length") is { } length && length != content.Length.ToString(CultureInfo.InvariantCulture) ? throw Incomplete() : content.ToArray();
    }

    private static AwsException Incomplete() => new("IncompleteBody", "The request body terminated unexpectedly");
}
