using System.Text.RegularExpressions;
using Portal.Core.Specifications;

namespace Portal.Core.Requests;

/// <summary>The paths that lead to services: each is one service's, and what is below it too.</summary>
internal static partial class PathRules
{
    private const int MostPaths = 20;

    public static void Check(ServiceSpecification service, string at, IReadOnlyList<ServiceSpecification> services, List<FieldError> errors)
    {
        if (!service.IsPublic)
        {
            if (service.MorePaths.Count > 0)
                errors.Add(new($"{at}.morePaths", Joined(service), "An internal service has no path: leave them out, or make the service public."));
            if (service.TakesPathOff)
                errors.Add(new($"{at}.takesPathOff", "true", "An internal service has no path that could be taken off: leave it out, or make the service public."));
            return;
        }

        if (Fault(service, service.Path, services, []) is { } fault)
            errors.Add(new($"{at}.path", service.Path, fault));
        else
            More(service, at, services, errors);
        if (service.TakesPathOff && service.Path == ServiceSpecification.Everything)
            errors.Add(new($"{at}.takesPathOff", "true", "There is nothing to take off of /: the service gets every path as it is. Leave it out."));
        Routes(service, at, services, errors);
    }

    private static void More(ServiceSpecification service, string at, IReadOnlyList<ServiceSpecification> services, List<FieldError> errors)
    {
        var earlier = new List<string> { service.Path };
        if (service.MorePaths.Count >= MostPaths)
            errors.Add(new($"{at}.morePaths", Joined(service), $"{SpecificationValidator.Text(service.MorePaths.Count + 1)} paths; {MostPaths} at most lead to one service."));
        foreach (var path in service.MorePaths)
        {
            if (Fault(service, path, services, earlier) is { } fault)
            {
                errors.Add(new($"{at}.morePaths", Joined(service), fault));
                return;
            }

            earlier.Add(path);
        }
    }

    // What the service with / lists below another's path would be the other's at the load balancer, whoever may call it.
    private static void Routes(ServiceSpecification service, string at, IReadOnlyList<ServiceSpecification> services, List<FieldError> errors)
    {
        if (service.Path != ServiceSpecification.Everything)
            return;
        for (var index = 0; index < service.Routes.Count; index++)
        {
            var route = service.Routes[index].Path;
            if (services.FirstOrDefault(other => other != service && other.Paths.Any(path => path != ServiceSpecification.Everything && IsBelow(route, path))) is { } owner)
                errors.Add(new($"{at}.routes[{SpecificationValidator.Text(index)}].path", route, $"{route} is {owner.Name}'s. List it there."));
        }
    }

    private static string? Fault(ServiceSpecification service, string path, IReadOnlyList<ServiceSpecification> services, List<string> own)
    {
        var isEverything = path == ServiceSpecification.Everything;
        if ((!isEverything && !SpecificationValidator.PathSyntax().IsMatch(path)) || path.Length > FieldLimits.Path)
        {
            return path.Length == 0
                ? "Give the service a path of its own, for example /products, or / for everything that no other service has."
                : $"'{path}' is not a path. Begin with a slash, use letters, digits, '-', '_' and '.', and end without a slash, for example {Suggest(path)}.";
        }

        if (own.Contains(ServiceSpecification.Everything) || (isEverything && own.Count > 0))
            return $"/ leads to {service.Name} whatever comes after it. Leave its other paths out.";
        foreach (var (other, taken) in services.TakeWhile(other => !ReferenceEquals(other, service)).SelectMany(other => other.Paths.Select(taken => (other.Name, taken))).Concat(own.Select(taken => (service.Name, taken))))
        {
            if (taken == path)
                return $"{other} has {path} already. Try /{service.Name}.";
            // Longer paths go first everywhere, so that / takes nothing from anybody.
            if (isEverything || taken == ServiceSpecification.Everything)
                continue;
            if (IsBelow(path, taken) && SpecificationValidator.PathSyntax().IsMatch(taken))
                return $"{path} is under {taken}, which {other} takes. Try {path[path.LastIndexOf('/')..]}.";
            if (IsBelow(taken, path))
                return $"{path} would take {taken} from {other}. Try /{service.Name}.";
        }

        return null;
    }

    private static bool IsBelow(string path, string above) => path == above || path.StartsWith(above + "/", StringComparison.Ordinal);

    private static string Joined(ServiceSpecification service) => string.Join(' ', service.MorePaths);

    private static string Suggest(string path)
    {
        var mended = "/" + string.Join('/', NotPath().Replace(path, "-").Split('/', StringSplitOptions.RemoveEmptyEntries));
        return SpecificationValidator.PathSyntax().IsMatch(mended) ? mended : "/products";
    }

    [GeneratedRegex("[^A-Za-z0-9._/-]+")]
    private static partial Regex NotPath();
}
