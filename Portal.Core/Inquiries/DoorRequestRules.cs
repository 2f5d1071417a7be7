using System.Globalization;
using System.Text.RegularExpressions;
using Portal.Core.Provisioning;

namespace Portal.Core.Inquiries;

/// <summary>What may be sent: bounded, below the API's own address, and nobody's secret, because it stands in the database until it is sent.</summary>
public static partial class DoorRequestRules
{
    /// <summary>Characters.</summary>
    public const int MostPath = 1_000;

    public const int MostHeaders = 20;

    /// <inheritdoc cref="MostPath"/>
    public const int MostHeader = 1_000;

    /// <inheritdoc cref="MostPath"/>
    public const int MostBody = 16_000;

    private const int Piece = 1_000;
    private const int Overlap = 200;

    private const string SecretRemedy = "looks like a secret, and the portal keeps and sends nobody's. Leave it out, or copy the request as curl and put it in there";

    // Whoever sends it says where it goes and how it is framed.
    private static readonly HashSet<string> s_framing = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Upgrade", "TE", "Trailer", "Expect", "Proxy-Connection",
    };

    public static IReadOnlyList<FieldError> Check(DoorRequest request)
    {
        var errors = new List<FieldError>();
        if (!DoorRequest.Methods.Contains(request.Method))
            errors.Add(new("method", request.Method, $"'{request.Method}' is not sent. Choose one of {string.Join(", ", DoorRequest.Methods)}."));
        if (PathFault(request) is { } fault)
            errors.Add(fault);
        if (request.Headers.Count > MostHeaders)
            errors.Add(new("headers", Text(request.Headers.Count), $"{Text(request.Headers.Count)} headers are too many: {MostHeaders} at most."));
        foreach (var (header, index) in request.Headers.Take(MostHeaders).Select((header, index) => (header, index)))
        {
            if (HeaderFault(header) is { } wrong)
                errors.Add(new($"headers[{Text(index)}]", header.Name, wrong));
        }

        if (request.Body is { } body && BodyFault(request, body) is { } unfit)
            errors.Add(new("body", null, unfit));
        return errors;
    }

    private static FieldError? PathFault(DoorRequest request)
    {
        var path = request.Path;
        if (path.Length > MostPath)
            return new("path", null, $"The path has {Text(path.Length)} characters; {Text(MostPath)} at most.");
        if (!path.StartsWith('/'))
            return new("path", path, "Begin the path with /: it is below the API's own address, and goes nowhere else.");
        if (!Address().IsMatch(path))
            return new("path", path, "A path has no spaces, quotes, # or \\. Write such letters as % and two digits, for example %20.");
        if (request.Address.Split('/').Any(part => Uri.UnescapeDataString(part) is "." or ".."))
            return new("path", path, "Write the path without the parts . and ..: it stays below the API's own address.");
        return Evidence.LooksSecret(path) ? new("path", null, $"Something in the path or its query {SecretRemedy}.") : null;
    }

    private static string? HeaderFault(DoorHeader header)
    {
        if (!Token().IsMatch(header.Name))
            return $"'{header.Name}' is no header's name: letters, digits and hyphens, 64 at most, then a colon and the value.";
        if (s_framing.Contains(header.Name))
            return $"{header.Name} is set by whoever sends. Leave it out.";
        if (header.Value.Length > MostHeader || !Printable().IsMatch(header.Value))
            return $"The value of {header.Name} is to be one line of plain letters (ASCII), {Text(MostHeader)} at most.";
        return Evidence.LooksSecret($"{header.Name}: {header.Value}") ? $"{header.Name} {SecretRemedy}." : null;
    }

    private static string? BodyFault(DoorRequest request, string body) =>
        request.IsSafe ? $"{request.Method} has no body. Leave it empty, or choose another method."
        : body.Length > MostBody ? $"The body has {Text(body.Length)} characters; {Text(MostBody)} at most."
        : body.Split('\n').SelectMany(Pieces).Any(Evidence.LooksSecret) ? $"Something in the body {SecretRemedy}."
        : null;

    // A pattern that looks for secrets takes long for a long line; a name and its value that lie across two pieces lie within one of them.
    private static IEnumerable<string> Pieces(string line)
    {
        for (var at = 0; at == 0 || at + Overlap < line.Length; at += Piece - Overlap)
            yield return line.Substring(at, Math.Min(Piece, line.Length - at));
    }

    private static string Text(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

    // What RFC 3986 lets stand in a path and a query.
    [GeneratedRegex(@"^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})+\z", RegexOptions.None, 1000)]
    private static partial Regex Address();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}\z", RegexOptions.None, 1000)]
    private static partial Regex Token();

    [GeneratedRegex(@"^[ -~]*\z", RegexOptions.None, 1000)]
    private static partial Regex Printable();
}
