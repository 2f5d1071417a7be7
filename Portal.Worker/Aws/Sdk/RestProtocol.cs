using System.Net;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;

namespace Portal.Worker.Aws.Sdk;

/// <summary>A reading call of the REST-JSON protocol.</summary>
/// <param name="action">The operation's name, for errors.</param>
/// <param name="path">Begins with a slash; its segments are escaped already.</param>
internal sealed class RestRequest(string action, string path) : AmazonWebServiceRequest
{
    public string Action { get; } = action;

    public string Path { get; } = path;

    public IReadOnlyDictionary<string, string> Query { get; init; } = new Dictionary<string, string>();
}

internal sealed class RestAnswer : AmazonWebServiceResponse
{
    public JsonElement Body { get; init; }
}

internal sealed class RestMarshaller(AwsService service) : IMarshaller<IRequest, AmazonWebServiceRequest>
{
    public IRequest Marshall(AmazonWebServiceRequest input)
    {
        var call = (RestRequest)input;
        var request = new DefaultRequest(input, service.Title) { HttpMethod = "GET", ResourcePath = call.Path, UseQueryString = true };
        foreach (var (name, value) in call.Query)
            request.Parameters[name] = value;
        return request;
    }
}

internal sealed class RestUnmarshaller : JsonResponseUnmarshaller
{
    public static readonly RestUnmarshaller Instance = new();

    public override AmazonWebServiceResponse Unmarshall(JsonUnmarshallerContext input)
    {
        using var body = new MemoryStream();
        input.Stream.CopyTo(body);
        // An action without output is answered with nothing at all.
        if (body.Length == 0)
            return new RestAnswer();
        using var document = JsonDocument.Parse(body.ToArray());
        return new RestAnswer { Body = document.RootElement.Clone() };
    }

    public override AmazonServiceException UnmarshallException(JsonUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode)
    {
        using var reader = new StreamReader(input.Stream);
        return Error(input.ResponseData.GetHeaderValue("x-amzn-ErrorType"), reader.ReadToEnd(), innerException, statusCode);
    }

    /// <summary>The code comes as <c>ResourceNotFoundException:http://internal.amazon.com/…</c> in a header, or in the body.</summary>
    internal static AmazonServiceException Error(string? header, string body, Exception? inner, HttpStatusCode status)
    {
        string? message = null;
        var code = header;
        try
        {
            using var document = JsonDocument.Parse(body);
            message = Text(document.RootElement, "message") ?? Text(document.RootElement, "Message");
            code = string.IsNullOrEmpty(code) ? Text(document.RootElement, "__type") ?? Text(document.RootElement, "code") : code;
        }
        catch (JsonException)
        {
            // Not from the service itself: the status is all there is to say.
        }

        code = string.IsNullOrEmpty(code) ? $"Http{(int)status}" : code.Split(':')[0].Split('#')[^1];
        var type = (int)status >= 500 ? ErrorType.Receiver : ErrorType.Sender;
        return new AmazonServiceException(message ?? $"HTTP {(int)status}", inner, type, code, null, status);
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
