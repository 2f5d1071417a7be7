using System.Text;
using System.Text.RegularExpressions;

namespace Portal.Emulator.FrontDoor;

/// <summary>What a mapping template changed of the request to the backend.</summary>
internal sealed class RequestOverride
{
    public string? Path { get; set; }

    public Dictionary<string, string> QueryStrings { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>
/// The part of Velocity that rewrites a request: <c>#set($context.requestOverride.… = …)</c>, <c>#set($name = …)</c>, references with calls,
/// and <c>#foreach</c> over the names of the path's parameters.
/// Any other directive fails the request, as a template that API Gateway cannot run does.
/// </summary>
internal sealed partial class MappingTemplate(ApiRequest request, Route route)
{
    private const string OverridePrefix = "context.requestOverride.";

    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);

    public RequestOverride Override { get; } = new();

    /// <summary>The body for the backend.</summary>
    /// <exception cref="GatewayException">The template cannot be run.</exception>
    public string Run(string template)
    {
        var body = new StringBuilder();
        Render(Comments().Replace(template, ""), body);
        return body.ToString();
    }

    private void Render(string text, StringBuilder body)
    {
        for (var at = 0; at < text.Length;)
        {
            if (text[at] == '#' && SetDirective().Match(text, at) is { Success: true } set)
            {
                var expression = new TemplateExpression(text, set.Index + set.Length, Value);
                Assign(set.Groups["target"].Value, expression.Read());
                at = expression.Close(')');
                if (at < text.Length && text[at] == '\n')
                    at++;
            }
            else if (text[at] == '#' && ForeachDirective().Match(text, at) is { Success: true } loop)
            {
                at = Repeat(text, loop, body);
            }
            else if (text[at] == '#' && at + 1 < text.Length && char.IsLetter(text[at + 1]))
            {
                throw GatewayException.IntegrationFailed();
            }
            else if (text[at] == '$' && at + 1 < text.Length && (char.IsLetter(text[at + 1]) || text[at + 1] is '{' or '!'))
            {
                var expression = new TemplateExpression(text, at, Value);
                body.Append(expression.Read());
                at = expression.At;
            }
            else
            {
                body.Append(text[at++]);
            }
        }
    }

    /// <returns>The place after the loop.</returns>
    private int Repeat(string text, Match loop, StringBuilder body)
    {
        var begin = loop.Index + loop.Length;
        var end = text.IndexOf("#end", begin, StringComparison.Ordinal);
        if (end < 0 || text.IndexOf("#foreach", begin, end - begin, StringComparison.Ordinal) >= 0)
            throw GatewayException.IntegrationFailed();
        foreach (var name in route.PathParameters.Keys)
        {
            _variables[loop.Groups["variable"].Value] = name;
            Render(text[begin..end], body);
        }

        var after = end + "#end".Length;
        return after < text.Length && text[after] == '\n' ? after + 1 : after;
    }

    private void Assign(string target, string value)
    {
        if (!target.StartsWith(OverridePrefix, StringComparison.Ordinal))
        {
            _variables[target] = value;
            return;
        }

        var field = target[OverridePrefix.Length..];
        if (field == "path")
            Override.Path = value;
        else if (field.StartsWith("querystring.", StringComparison.Ordinal))
            Override.QueryStrings[field["querystring.".Length..]] = value;
        else if (field.StartsWith("header.", StringComparison.Ordinal))
            Override.Headers[field["header.".Length..]] = value;
        else
            throw GatewayException.IntegrationFailed();
    }

    /// <summary>What a reference is worth; null where API Gateway does not know it either.</summary>
    private string? Value(string name, IReadOnlyList<string> arguments) => name switch
    {
        "context.path" => $"/{request.Stage}{request.RawPath}",
        "context.resourcePath" => route.ResourcePath,
        "context.stage" => request.Stage,
        "context.httpMethod" => request.Method,
        "context.requestId" => request.Id,
        "context.apiId" => request.Api,
        "context.domainName" => request.Host,
        "context.identity.sourceIp" => request.SourceIp,
        "context.requestOverride.path" => Override.Path,
        "input.body" => request.Body,
        "input.json" or "input.path" when arguments is ["$"] => request.Body,
        "input.params" when arguments is [var any] => route.PathParameters.GetValueOrDefault(any) ?? request.Query.GetValueOrDefault(any) ?? request.Header(any),
        "input.params.path.get" when arguments is [var part] => route.PathParameters.GetValueOrDefault(part),
        "input.params.querystring.get" when arguments is [var part] => request.Query.GetValueOrDefault(part),
        "input.params.header.get" when arguments is [var part] => request.Header(part),
        "util.urlEncode" when arguments is [var part] => Uri.EscapeDataString(part),
        "util.urlDecode" when arguments is [var part] => Uri.UnescapeDataString(part),
        "util.escapeJavaScript" when arguments is [var part] => System.Text.Json.JsonEncodedText.Encode(part).ToString(),
        _ when name.StartsWith("input.params.path.", StringComparison.Ordinal) => route.PathParameters.GetValueOrDefault(name["input.params.path.".Length..]),
        _ => _variables.GetValueOrDefault(name),
    };

    [GeneratedRegex(@"##[^\n]*\n?|#\*.*?\*#", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Comments();

    [GeneratedRegex(@"\G#set\(\s*\$!?\{?(?<target>[A-Za-z][A-Za-z0-9_.-]*)\}?\s*=\s*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SetDirective();

    [GeneratedRegex(@"\G#foreach\(\s*\$(?<variable>[A-Za-z][A-Za-z0-9_-]*)\s+in\s+\$input\.params\(\)\.path\.keySet\(\)\s*\)[ \t]*\n?", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ForeachDirective();
}
