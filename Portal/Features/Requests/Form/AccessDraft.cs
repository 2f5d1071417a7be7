using Portal.Core;
using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

/// <summary>Who may call a service from outside, as typed.</summary>
public sealed class AccessDraft
{
    private const int MaxRoutes = 300;

    public RouteAuthentication Authentication { get; set; } = RouteAuthentication.None;
    public bool ApiKeyRequired { get; set; }
    public bool ListedRoutesOnly { get; set; }
    public List<RouteDraft> Routes { get; set; } = [];

    /// <summary>Its texts by their names within the service.</summary>
    public IEnumerable<(string Name, string Value)> Fields() => Routes.SelectMany((route, index) => ((string, string)[])
    [
        ($"routes[{index}].method", route.Method),
        ($"routes[{index}].path", route.Path.Trim()),
        ($"routes[{index}].authentication", route.Authentication.ToString()),
        ($"routes[{index}].throttleRate", route.ThrottleRate),
        ($"routes[{index}].throttleBurst", route.ThrottleBurst),
    ]);

    /// <inheritdoc cref="EdgeDraft.Mend"/>
    public void Mend() => Routes = [.. (Routes ?? []).OfType<RouteDraft>().Take(MaxRoutes)];

    /// <param name="at">Path of the service.</param>
    public ServiceSpecification Read(ServiceSpecification service, string at, List<FieldError> errors) => service with
    {
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
    };
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
