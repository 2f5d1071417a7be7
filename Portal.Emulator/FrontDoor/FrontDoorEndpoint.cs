using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Features;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes;

namespace Portal.Emulator.FrontDoor;

/// <summary>
/// Finds the API and the stage in a request on the plain port: by its host, <c>api.execute-api.region.amazonaws.com/stage/…</c> or a domain of
/// its own, or, for those who cannot set one, by the path <c>/_emulator/apis/api/stage/…</c>, whatever the API closes.
/// </summary>
internal sealed partial class FrontDoorEndpoint(ApiGateway gateway, ICloudView cloud, ILedger ledger)
{
    public const string Prefix = "/_emulator/apis/";

    public static bool Concerns(HttpContext context) =>
        !context.Request.IsHttps && (ApiHost().IsMatch(context.Request.Host.Host) || IsDomain(context) || Segments(RawPath(context)) is { Length: >= 2 } && RawPath(context).StartsWith(Prefix, StringComparison.Ordinal));

    public async Task HandleAsync(HttpContext context)
    {
        var request = await ReadAsync(context);
        ledger.Record("request", "execute-api", request.Method, $"{request.Api}/{request.Stage}", request.RawPath);
        var answer = gateway.Handle(request);
        var response = context.Response;
        response.StatusCode = answer.Status;
        response.Headers["x-amzn-RequestId"] = request.Id;
        response.Headers["x-amz-apigw-id"] = Convert.ToBase64String(Guid.Parse(request.Id).ToByteArray())[..16];
        foreach (var (name, value) in answer.Headers)
            response.Headers[name] = value;
        response.ContentType = answer.ContentType;
        if (!HttpMethods.IsHead(request.Method))
            await response.WriteAsync(answer.Body, context.RequestAborted);
    }

    private async Task<ApiRequest> ReadAsync(HttpContext context)
    {
        var path = RawPath(context);
        var host = ApiHost().Match(context.Request.Host.Host);
        var isDomain = IsDomain(context);
        var parts = Parts(host.Success || isDomain ? path : path[Prefix.Length..]);
        var (api, rest) = host.Success ? (host.Groups["api"].Value, parts) : isDomain ? Mapped(context.Request.Host.Host, parts) : (parts[0], parts[1..]);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return new ApiRequest(
            Guid.NewGuid().ToString(), api, rest[0], context.Request.Method, "/" + string.Join('/', rest.Skip(1)), RawTarget(context)[path.Length..],
            context.Request.Headers.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            body.ToArray(), context.Connection.RemoteIpAddress?.ToString() ?? "", context.Request.Host.Host)
        { IsByDefaultEndpoint = host.Success };
    }

    /// <summary>The domain's base path mapping for the path: one of its first part, or the one of all; no API where there is none.</summary>
    private (string Api, string[] Below) Mapped(string domain, string[] parts)
    {
        var mappings = cloud.OfType("AWS::ApiGateway::BasePathMapping").Where(one => one.IsActive && one.Properties.Text("DomainName") == domain).ToList();
        if (mappings.Find(one => one.Properties.Text("BasePath") == parts[0]) is { } mapping)
            return (mapping.Properties.Text("RestApiId") ?? "", [mapping.Properties.Text("Stage") ?? "", .. parts[1..]]);
        return mappings.Find(one => one.Properties.Text("BasePath") is null or "" or "(none)") is { } all
            ? (all.Properties.Text("RestApiId") ?? "", [all.Properties.Text("Stage") ?? "", .. parts])
            : ("", parts);
    }

    // Every request to the emulator is looked at: the account's own names and addresses are none of a person's.
    private static bool IsDomain(HttpContext context) =>
        context.Request.Host.Host is var name && name.Contains('.', StringComparison.Ordinal) && !name.EndsWith(".amazonaws.com", StringComparison.Ordinal) && !char.IsAsciiDigit(name[^1])
        && context.RequestServices.GetRequiredService<ICloudView>().Find("AWS::ApiGateway::DomainName", name) is not null;

    private static string[] Parts(string path) => path.TrimStart('/').Split('/');

    private static string RawTarget(HttpContext context) => context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

    private static string RawPath(HttpContext context) => RawTarget(context).Split('?', 2)[0];

    private static string[] Segments(string path) => path.StartsWith(Prefix, StringComparison.Ordinal) ? path[Prefix.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries) : [];

    [GeneratedRegex(@"^(?<api>[a-z0-9]+)\.execute-api\.", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ApiHost();
}
