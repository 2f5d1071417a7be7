using Portal.Core.Inquiries;
using Portal.Core.Specifications;

namespace Portal.Features.Environments;

/// <summary>A request as somebody types it. Pure.</summary>
public sealed record DoorForm
{
    public string Method { get; set; } = "GET";
    public string Path { get; set; } = "/";

    /// <summary>One a line: a name, a colon, a value.</summary>
    public string Headers { get; set; } = "";
    public string Body { get; set; } = "";

    /// <summary>Where a service begins.</summary>
    public static string PathOf(ServiceSpecification service) => ServiceSpecification.Before(service.Path) is { Length: > 0 } path ? path : "/";

    public DoorRequest Read()
    {
        var headers = PlainText.Clean(Headers, keepLines: true).Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0).Select(Header).ToList();
        var request = new DoorRequest(Method, PlainText.Clean(Path).Trim());
        if (request.IsSafe || Body.Length == 0)
            return request with { Headers = headers };
        // What most services take; whoever sends something else says so.
        if (!headers.Exists(header => header.Name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)))
            headers.Add(new DoorHeader("Content-Type", "application/json"));
        return request with { Headers = headers, Body = PlainText.Clean(Body, keepLines: true) };
    }

    private static DoorHeader Header(string line) => line.IndexOf(':') is > 0 and var colon ? new DoorHeader(line[..colon].Trim(), line[(colon + 1)..].Trim()) : new DoorHeader(line, "");
}
