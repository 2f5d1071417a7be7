using System.Text.RegularExpressions;
using Portal.Core.Specifications;
using static Portal.Core.Requests.SpecificationValidator;

namespace Portal.Core.Requests;

/// <summary>What may be said of the web pages that call a service.</summary>
internal static partial class CorsRules
{
    private const int MostOrigins = 10;

    public static void Check(ServiceSpecification service, string at, List<FieldError> errors)
    {
        if (service.Cors is not { } cors)
            return;
        at += ".cors";
        if (!service.IsPublic)
            errors.Add(new($"{at}.origins", Joined(cors.Origins), "No page reaches an internal service: leave its origins out, or make the service public."));
        Origins(cors, $"{at}.origins", errors);
        if (cors.Methods.FirstOrDefault(method => method is "ANY" or "OPTIONS" || !RouteRules.Methods.Contains(method)) is { } unknown)
            errors.Add(new($"{at}.methods", Joined(cors.Methods), $"'{unknown}' is not a method that a page can ask for. Choose of GET, HEAD, POST, PUT, PATCH, DELETE, or leave them out for all."));
        if (cors.Headers.FirstOrDefault(header => !HeaderName().IsMatch(header)) is { } wrong)
            errors.Add(new($"{at}.headers", Joined(cors.Headers), $"'{wrong}' is not the name of a header. Write names between blanks, for example Authorization Content-Type."));
        Range($"{at}.maxAge", cors.MaxAge, FieldLimits.CorsMaxAge, errors);
    }

    private static void Origins(CorsSpecification cors, string field, List<FieldError> errors)
    {
        var typed = Joined(cors.Origins);
        if (cors.Origins.Count == 0)
            errors.Add(new(field, typed, "Say which pages may call, for example https://shop.example.com, or leave the whole of it out."));
        else if (cors.Origins.Count > MostOrigins)
            errors.Add(new(field, typed, $"{Text(cors.Origins.Count)} origins; {Text(MostOrigins)} at most."));
        else if (cors.Origins.Contains(CorsSpecification.Everywhere))
        {
            if (cors.Origins.Count > 1)
                errors.Add(new(field, typed, "* stands for all pages. Leave the others out, or the *."));
            else if (cors.Credentials)
                errors.Add(new(field, typed, "Browsers send no cookies where all pages may call. Name the pages, or leave the cookies out."));
        }
        else if (cors.Origins.FirstOrDefault(origin => !Origin().IsMatch(origin)) is { } wrong)
            errors.Add(new(field, typed, $"'{wrong}' is not an origin. Write scheme and host in lower case, and nothing after them, for example https://shop.example.com."));
        else if (cors.Origins.Distinct(StringComparer.Ordinal).Count() < cors.Origins.Count)
            errors.Add(new(field, typed, "One of them is listed twice. Leave it out."));
    }

    private static string Joined(IReadOnlyList<string> words) => string.Join(' ', words);

    [GeneratedRegex("^https?://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?\\z")]
    private static partial Regex Origin();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9-]{0,99}\\z")]
    private static partial Regex HeaderName();
}
