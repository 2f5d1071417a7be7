using System.Text;
using System.Text.RegularExpressions;

namespace Portal.Emulator.Aws.Objects;

/// <summary>Where a request of CloudFormation has its template: in itself, or in S3.</summary>
internal sealed partial class TemplateSource(ObjectStore objects)
{
    /// <returns>Null where the request has neither.</returns>
    public string? BodyOf(AwsRequest request) => request.Parameters["TemplateURL"] is { Length: > 0 } url ? Fetch(url, request.Host) : request.Parameters["TemplateBody"];

    private string Fetch(string url, string ownHost)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw AwsException.Validation("TemplateURL must be a supported URL.");
        var path = Uri.UnescapeDataString(address.AbsolutePath.TrimStart('/'));
        var named = S3Host().Match(address.Host);
        // Whoever uploads to this endpoint finds the object at this endpoint.
        if (!named.Success && address.Authority != ownHost)
            throw Refused($"Domain name specified in {address.Host} is not a valid S3 domain");
        var parts = named.Groups["bucket"].Success ? [named.Groups["bucket"].Value, path] : path.Split('/', 2);
        try
        {
            return Encoding.UTF8.GetString(objects.Get(parts[0], parts.ElementAtOrDefault(1) ?? "").Content);
        }
        catch (AwsException error)
        {
            throw Refused(error.Message);
        }
    }

    private static AwsException Refused(string reason) =>
        AwsException.Validation($"S3 error: {reason}\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html");

    [GeneratedRegex(@"^((?<bucket>.+)\.)?s3([.-][a-z0-9-]+)?\.amazonaws\.com(\.cn)?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex S3Host();
}
