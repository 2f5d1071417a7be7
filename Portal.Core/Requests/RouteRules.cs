using System.Text;
using System.Text.RegularExpressions;
using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using static Portal.Core.Requests.SpecificationValidator;

namespace Portal.Core.Requests;

/// <summary>What a service's listed routes can be.</summary>
public static partial class RouteRules
{
    /// <summary>Of a template body in a call (CloudFormation quotas).</summary>
    private const int MostInlineBytes = 51_200;

    /// <summary>Of a template in a bucket (the same).</summary>
    private const int MostBytes = 1_000_000;

    /// <summary>Of a template (the same).</summary>
    private const int MostResources = 500;

    public static IReadOnlyList<string> Methods { get; } = ["ANY", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    internal static void Check(ServiceSpecification service, string at, Specification specification, ServiceCatalog catalog, List<FieldError> errors)
    {
        Authentication(service.Authentication, $"{at}.authentication", specification, catalog, errors);
        for (var index = 0; index < service.Routes.Count; index++)
            Check(service, index, $"{at}.routes[{index}]", specification, catalog, errors);
    }

    /// <summary>How many of the load balancer's rules it takes.</summary>
    public static int RulesOf(Specification specification) => specification.Services.Sum(service => service.Paths.Count()) * (1 + specification.Edge.Stages.Count());

    /// <summary>Renders what would be sent: the only measure that is right for every mix of routes, stages and clients.</summary>
    /// <param name="hasBucket">Whether the target has a bucket for templates that are too large for a call.</param>
    internal static FieldError? SizeFault(Specification specification, TemplateSet templates, bool hasBucket)
    {
        const string remedy = "List fewer routes, versions or clients, or split the environment.";
        var template = EdgeRoutes.Render(templates.Stack(EdgeRoutes.File), specification);
        var (bytes, resources) = (Encoding.UTF8.GetByteCount(template), ResourceLine().Count(template));
        var fault = resources > MostResources ? $"The API's routes take {Text(resources)} resources, and CloudFormation takes {Text(MostResources)} in a template. {remedy}"
            : bytes > MostBytes ? $"The API's routes take {Text(bytes)} bytes, and CloudFormation takes {Text(MostBytes)} of a template. {remedy}"
            : bytes > MostInlineBytes && !hasBucket ? $"The API's routes take {Text(bytes)} bytes. CloudFormation takes {Text(MostInlineBytes)} in a call, and the target has no bucket for larger templates. {remedy} Or have ops give the target a bucket."
            : null;
        return fault is null ? null : new FieldError("services", Text(specification.Services.Count), fault);
    }

    private static void Check(ServiceSpecification service, int index, string at, Specification specification, ServiceCatalog catalog, List<FieldError> errors)
    {
        var route = service.Routes[index];
        Authentication(route.Authentication, $"{at}.authentication", specification, catalog, errors);
        Range($"{at}.throttleRate", route.ThrottleRate ?? 1, FieldLimits.ThrottleRate, errors);
        Range($"{at}.throttleBurst", route.ThrottleBurst ?? 1, FieldLimits.ThrottleBurst, errors);
        if (!Methods.Contains(route.Method))
            errors.Add(new($"{at}.method", route.Method, $"'{route.Method}' is not a method. Choose one of {string.Join(", ", Methods)}."));
        if (route.Path.Length > FieldLimits.Path || !PathSyntax().IsMatch(route.Path))
        {
            errors.Add(new($"{at}.path", route.Path, $"'{route.Path}' is not a path below {service.Path}. Leave it empty, or write it as /{{id}}, /{{id}}/reviews or /files/{{path+}}."));
            return;
        }

        var earlier = service.Routes.Take(index).ToList();
        if (earlier.Exists(other => other.Method == route.Method && other.Path == route.Path))
            errors.Add(new($"{at}.path", route.Path, $"{route.Method} {ServiceSpecification.Before(service.Path)}{route.Path} is listed already."));
        var repeated = Variables(route.Path).GroupBy(pair => pair.Variable).FirstOrDefault(group => group.Count() > 1);
        if (repeated is not null)
            errors.Add(new($"{at}.path", route.Path, $"{{{repeated.Key}}} stands twice in {route.Path}. Call one of them otherwise."));

        // API Gateway: one variable part a level, whatever its name (BadRequestException "A sibling … already has a variable path part").
        foreach (var (before, part) in Variables(route.Path).Select(pair => (pair.Before, pair.Part)))
        {
            var other = earlier.SelectMany(one => Variables(one.Path)).FirstOrDefault(pair => pair.Before == before && pair.Part != part);
            if (other.Part is not null)
                errors.Add(new($"{at}.path", route.Path, $"{ServiceSpecification.Before(service.Path)}{before}/{other.Part} is there already, and API Gateway takes one variable a level. Write {before}/{other.Part} here too."));
        }
    }

    private static void Authentication(RouteAuthentication authentication, string field, Specification specification, ServiceCatalog catalog, List<FieldError> errors)
    {
        if (authentication == RouteAuthentication.Cognito && !specification.Services.Any(service => service.Stores.Any(store => catalog.FindStore(store.Type)?.SignIn == true)))
            errors.Add(new(field, authentication.ToString(), $"Sign-in needs a user pool: give one of the services the data store {string.Join(" or ", catalog.DataStores.Where(store => store.SignIn).Select(store => store.Title))}."));
        if (authentication == RouteAuthentication.Oidc && specification.Edge.Oidc is null)
            errors.Add(new(field, authentication.ToString(), "Say which OpenID Connect issuer makes the tokens, and for which audience."));
    }

    /// <summary>Each variable part with the path before it.</summary>
    private static IEnumerable<(string Before, string Part, string Variable)> Variables(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var index = 0; index < parts.Length; index++)
        {
            if (RouteTree.IsVariable(parts[index]))
                yield return (string.Concat(parts.Take(index).Select(part => "/" + part)), parts[index], parts[index].Trim('{', '}', '+'));
        }
    }

    [GeneratedRegex("^    Type: AWS::", RegexOptions.Multiline)]
    private static partial Regex ResourceLine();

    [GeneratedRegex("^(/([A-Za-z0-9_-][A-Za-z0-9._-]*|\\{[A-Za-z0-9_]+\\}))*(/\\{[A-Za-z0-9_]+\\+\\})?\\z")]
    private static partial Regex PathSyntax();
}
