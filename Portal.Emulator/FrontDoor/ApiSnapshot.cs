using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes;

namespace Portal.Emulator.FrontDoor;

/// <summary>
/// What a deployment of an API serves: its resources, methods, authorizers, gateway responses and what it takes for binary, as they
/// stood when it was made.
/// Later changes of those reach callers with the next deployment only ("Deploy REST APIs in API Gateway").
/// </summary>
internal static class ApiSnapshot
{
    /// <summary>Where the deployment keeps it, beside its attributes.</summary>
    public const string Attribute = "PortalSnapshot";

    private static readonly string[] _types = ["Resource", "Method", "Authorizer", "GatewayResponse"];

    public static JsonObject Take(ICloudView cloud, string api)
    {
        var snapshot = new JsonObject();
        foreach (var type in _types)
        {
            snapshot[type] = cloud.OfType("AWS::ApiGateway::" + type).Where(thing => thing.Properties.Text("RestApiId") == api).Select(thing =>
            {
                var copy = thing.Properties.Copy();
                copy["Id"] = thing.PhysicalId;
                return (JsonNode?)copy;
            }).ToJsonArray();
        }

        snapshot["BinaryMediaTypes"] = cloud.Find("AWS::ApiGateway::RestApi", api)?.Properties["BinaryMediaTypes"]?.DeepClone();
        // "This setting takes effect when you update any setting on any stage, such as updating the deployment on the stage."
        snapshot["DisableExecuteApiEndpoint"] = cloud.Find("AWS::ApiGateway::RestApi", api)?.Properties["DisableExecuteApiEndpoint"]?.DeepClone();
        return snapshot;
    }
}
