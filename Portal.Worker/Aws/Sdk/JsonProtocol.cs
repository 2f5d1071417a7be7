using System.Text;
using System.Text.Json.Nodes;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;

namespace Portal.Worker.Aws.Sdk;

/// <summary>A call of the protocol JSON 1.1; its answer reads as that of REST-JSON does.</summary>
/// <param name="action">The operation's name.</param>
/// <param name="target">The service's name in the header that says which operation is meant.</param>
internal sealed class JsonRequest(string action, string target, JsonObject body) : AmazonWebServiceRequest
{
    public string Action { get; } = action;

    public string Target { get; } = $"{target}.{action}";

    public JsonObject Body { get; } = body;
}

internal sealed class JsonMarshaller(AwsService service) : IMarshaller<IRequest, AmazonWebServiceRequest>
{
    public IRequest Marshall(AmazonWebServiceRequest input)
    {
        var call = (JsonRequest)input;
        var request = new DefaultRequest(input, service.Title) { HttpMethod = "POST", ResourcePath = "/", Content = Encoding.UTF8.GetBytes(call.Body.ToJsonString()) };
        request.Headers["Content-Type"] = "application/x-amz-json-1.1";
        request.Headers["X-Amz-Target"] = call.Target;
        return request;
    }
}
