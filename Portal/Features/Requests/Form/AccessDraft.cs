using Portal.Core;
using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

/// <summary>Who may call a service from outside, and by which paths, as typed.</summary>
public sealed class AccessDraft
{
    private const int MaxRoutes = 300;

    public RouteAuthentication Authentication { get; set; } = RouteAuthentication.None;
    public bool ApiKeyRequired { get; set; }
    public bool ListedRoutesOnly { get; set; }
    public List<RouteDraft> Routes { get; set; } = [];

    /// <summary>Paths beside the first, between blanks.</summary>
    public string MorePaths { get; set; } = "";
    public bool TakesPathOff { get; set; }

    /// <summary>Of the web pages that may call, between blanks; empty for none.</summary>
    public string Origins { get; set; } = "";
    public string CorsMethods { get; set; } = "";
    public string CorsHeaders { get; set; } = "";
    public bool Credentials { get; set; }
    public string MaxAge { get; set; } = "600";

    /// <summary>Its texts by their names within the service.</summary>
    public IEnumerable<(string Name, string Value)> Fields() =>
    [
        ("morePaths", MorePaths),
        ("takesPathOff", TakesPathOff ? "true" : ""),
        ("cors.origins", Origins),
        ("cors.methods", CorsMethods),
        ("cors.headers", CorsHeaders),
        ("cors.maxAge", MaxAge),
        .. Routes.SelectMany((route, index) => ((string, string)[])
        [
            ($"routes[{index}].method", route.Method),
            ($"routes[{index}].path", route.Path.Trim()),
            ($"routes[{index}].authentication", route.Authentication.ToString()),
            ($"routes[{index}].throttleRate", route.ThrottleRate),
            ($"routes[{index}].throttleBurst", route.ThrottleBurst),
        ]),
    ];

    /// <inheritdoc cref="EdgeDraft.Mend"/>
    public void Mend() => Routes = [.. (Routes ?? []).OfType<RouteDraft>().Take(MaxRoutes)];

    /// <param name="at">Path of the service.</param>
    public ServiceSpecification Read(ServiceSpecification service, string at, List<FieldError> errors) => service with
    {
        MorePaths = Words(MorePaths),
        // Of / there is nothing to take off, and the form does not offer it.
        TakesPathOff = TakesPathOff && service.Path != ServiceSpecification.Everything,
        Cors = Origins.Trim().Length == 0 ? null : new CorsSpecification
        {
            Origins = Words(Origins),
            Methods = [.. Words(CorsMethods).Select(method => method.ToUpperInvariant())],
            Headers = Words(CorsHeaders),
            Credentials = Credentials,
            MaxAge = DraftReader.Number($"{at}.cors.maxAge", MaxAge, 600, errors),
        },
        Authentication = Authentication,
        ApiKeyRequired = ApiKeyRequired,
        // Without a route to list nobody could call it: the form does not offer it then.
        ListedRoutesOnly = ListedRoutesOnly && Routes.Count > 0,
        Routes = [.. Routes.Select((route, index) => route.Read($"{at}.routes[{index}]", errors))],
    };

    public static AccessDraft Write(ServiceSpecification service) => new()
    {
        Authentication = service.Authentication,
        ApiKeyRequired = service.ApiKeyRequired,
        ListedRoutesOnly = service.ListedRoutesOnly,
        Routes = [.. service.Routes.Select(RouteDraft.Write)],
        MorePaths = string.Join(' ', service.MorePaths),
        TakesPathOff = service.TakesPathOff,
        Origins = string.Join(' ', service.Cors?.Origins ?? []),
        CorsMethods = string.Join(' ', service.Cors?.Methods ?? []),
        CorsHeaders = string.Join(' ', service.Cors?.Headers ?? []),
        Credentials = service.Cors?.Credentials ?? false,
        MaxAge = DraftWriter.Text((service.Cors ?? new CorsSpecification()).MaxAge),
    };

    internal static string[] Words(string typed) => typed.Split([' ', ',', ';', '\t', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>One method of one path. A limit that is empty is the stage's.</summary>
public sealed class RouteDraft
{
    public string Method { get; set; } = "GET";
    public string Path { get; set; } = "";
    public RouteAuthentication Authentication { get; set; } = RouteAuthentication.None;
    public bool ApiKeyRequired { get; set; }
    public string ThrottleRate { get; set; } = "";
    public string ThrottleBurst { get; set; } = "";

    internal RouteSpecification Read(string at, List<FieldError> errors) => new()
    {
        Method = Method,
        Path = Path.Trim() == "/" ? "" : Path.Trim(),
        Authentication = Authentication,
        ApiKeyRequired = ApiKeyRequired,
        ThrottleRate = DraftReader.OptionalNumber($"{at}.throttleRate", ThrottleRate, 10, errors),
        ThrottleBurst = DraftReader.OptionalNumber($"{at}.throttleBurst", ThrottleBurst, 20, errors),
    };

    internal static RouteDraft Write(RouteSpecification route) => new()
    {
        Method = route.Method,
        Path = route.Path,
        Authentication = route.Authentication,
        ApiKeyRequired = route.ApiKeyRequired,
        ThrottleRate = DraftWriter.Text(route.ThrottleRate),
        ThrottleBurst = DraftWriter.Text(route.ThrottleBurst),
    };
}
