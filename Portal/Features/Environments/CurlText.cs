using System.Text;
using Portal.Core.Inquiries;
using Portal.Core.Provisioning;

namespace Portal.Features.Environments;

/// <summary>A request as a line for a POSIX shell. Nothing secret stands in it: what a route asks for is a variable that whoever runs it sets. Pure.</summary>
public static class CurlText
{
    /// <param name="api">Address of the API with its stage.</param>
    /// <param name="route">Null where the API has nothing for it.</param>
    public static string Of(string api, DoorRequest request, RouteTree.Method? route)
    {
        var text = new StringBuilder("curl -i ");
        text.Append(request.Method switch { "GET" => "", "HEAD" => "--head ", var method => $"-X {method} " }).Append(Quoted(api.TrimEnd('/') + request.Path));
        foreach (var header in request.Headers)
            text.Append(" -H ").Append(Quoted($"{header.Name}: {header.Value}"));
        if (route is { IsClosed: false, Authentication: not Core.Specifications.RouteAuthentication.None })
            text.Append(" -H \"Authorization: Bearer $TOKEN\"");
        if (route is { IsClosed: false, ApiKeyRequired: true })
            text.Append(" -H \"x-api-key: $API_KEY\"");
        if (request.Body is { } body)
            text.Append(" --data-raw ").Append(Quoted(body));
        return text.ToString();
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
