using System.Text.Json.Nodes;
using Portal.Core.Specifications;

namespace Portal.Core.Provisioning;

/// <summary>What the last step of a plan asks the front door, and what is to come back. Pure.</summary>
/// <remarks>
/// The worker has no sign-in of the environment's own users and holds no client's key: it would have to make a user or read a key to get one.
/// So a closed route is asked without, where the gateway's own refusal proves the gateway, its stage, route and authorizer; what lies behind is
/// proven by an open route of the service, or, where it has none, by the load balancer's own health checks of its pods. Throttles are not
/// tried: that would take requests from real clients, and API Gateway promises them as a best effort only.
/// </remarks>
public static class FrontDoorProbe
{
    private const string Answer = "answer";
    private const string SignIn = "signIn";
    private const string Key = "key";

    /// <summary>One request.</summary>
    /// <param name="Path">Below the stage.</param>
    public sealed record Request(string Service, string Method, string Path, Expectation Expect);

    public enum Expectation
    {
        /// <summary>The service's own answer, whatever it says, as long as it is no fault of the server.</summary>
        Answer,

        /// <summary>401 of the gateway.</summary>
        SignIn,

        /// <summary>403 of the gateway.</summary>
        Key,
    }

    /// <summary>At most one of each kind a service; only what changes nothing is asked.</summary>
    public static IReadOnlyList<Request> Requests(IReadOnlyList<ServiceSpecification> services)
    {
        var all = RouteTree.Of(services).Methods.Where(method => !method.IsClosed).ToList();
        // Where GET is listed for itself, it is that which is asked, and not what answers the other methods.
        var methods = all.Where(method => method.Verb == "GET" || (method.Verb == "ANY" && !all.Exists(other => other.Node == method.Node && other.Verb == "GET"))).ToList();
        return [.. services.SelectMany(service => methods.Where(method => method.Service == service.Name)
            .OrderBy(method => method.Node.Path.Length).ThenBy(method => method.Node.Path, StringComparer.Ordinal)
            .Select(method => new Request(service.Name, "GET", Filled(method.Node.Address), Expected(method)))
            .DistinctBy(request => request.Expect))];
    }

    public static JsonObject ToValues(IReadOnlyList<Request> requests) => new()
    {
        ["requests"] = new JsonArray([.. requests.Select(request => (JsonNode)new JsonObject
        {
            ["service"] = request.Service,
            ["method"] = request.Method,
            ["path"] = request.Path,
            ["expect"] = request.Expect switch { Expectation.SignIn => SignIn, Expectation.Key => Key, _ => Answer },
        })]),
    };

    public static IReadOnlyList<Request> FromValues(JsonObject values) =>
    [
        .. values["requests"]!.AsArray().Select(node => new Request(
            node!["service"]!.GetValue<string>(), node["method"]!.GetValue<string>(), node["path"]!.GetValue<string>(),
            node["expect"]!.GetValue<string>() switch { SignIn => Expectation.SignIn, Key => Expectation.Key, _ => Expectation.Answer })),
    ];

    /// <summary>What a request without sign-in and key has to come back with.</summary>
    public static Expectation Expected(RouteTree.Method method) =>
        method.Authentication != RouteAuthentication.None ? Expectation.SignIn : method.ApiKeyRequired ? Expectation.Key : Expectation.Answer;

    private static string Filled(string path) => string.Join('/', path.Split('/').Select(part => RouteTree.IsVariable(part) ? "probe" : part));
}
