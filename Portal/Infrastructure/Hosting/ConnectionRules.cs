using System.Security.Claims;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Portal.Components.Pages;
using Portal.Infrastructure.SignIn;

namespace Portal.Infrastructure.Hosting;

/// <summary>
/// Who may connect to a circuit: pages of this very origin only, because the cookie goes along from every port of this host; and
/// not more of one person than the process can hold.
/// </summary>
internal sealed partial class ConnectionRules(IOptions<SignInOptions> options, ILogger<ConnectionRules> logger)
{
    public static readonly PathString Path = "/_blazor";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _open = new(StringComparer.Ordinal);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var limit = options.Value.Sessions.OpenPages;
        var person = context.User.FindFirstValue(ClaimTypes.NameIdentifier);
        if (!context.Request.Path.StartsWithSegments(Path, StringComparison.OrdinalIgnoreCase))
        {
            if (person is not null && IsPage(context) && Count(person) >= limit)
                await new RazorComponentResult<StatusPage>(new { Code = StatusCodes.Status429TooManyRequests }) { StatusCode = StatusCodes.Status429TooManyRequests }.ExecuteAsync(context);
            else
                await next(context);
            return;
        }

        if (!IsOwnOrigin(context.Request))
        {
            LogForeign(logger, context.Request.Headers.Origin.ToString(), Own(context.Request));
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        // A connection is a request that lasts (a socket, or one long poll after the other).
        if (person is null || !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsConnect(context.Request.Method))
        {
            await next(context);
            return;
        }

        try
        {
            // A page that reconnects has two for a moment, hence twice as many.
            if (Enter(person) > 2 * limit)
                context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            else
                await next(context);
        }
        finally
        {
            Leave(person);
        }
    }

    public static bool IsOwnOrigin(HttpRequest request)
    {
        if (request.Headers.Origin is { Count: 1 } origin)
            return string.Equals(origin[0], Own(request), StringComparison.OrdinalIgnoreCase);
        // Browsers name it on every socket and every post; what names none is a plain request of the page itself, or no browser.
        return request.Headers.Origin.Count == 0 && request.HttpContext.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest != true && !HttpMethods.IsConnect(request.Method)
            && request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin";
    }

    // Browsers leave the port that goes without saying out of both.
    private static string Own(HttpRequest request) => $"{request.Scheme}://{request.Host}";

    private static bool IsPage(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method) && context.GetEndpoint()?.Metadata.GetMetadata<Microsoft.AspNetCore.Components.Endpoints.ComponentTypeMetadata>() is not null;

    private int Count(string person)
    {
        lock (_gate)
            return _open.GetValueOrDefault(person);
    }

    private int Enter(string person)
    {
        lock (_gate)
            return _open[person] = _open.GetValueOrDefault(person) + 1;
    }

    private void Leave(string person)
    {
        lock (_gate)
        {
            if (--_open[person] == 0)
                _open.Remove(person);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A page of '{Origin}' wanted to connect to {Own} and was refused. Behind a proxy whose address is that origin, name the proxy in Portal__Proxies.")]
    private static partial void LogForeign(ILogger logger, string origin, string own);
}

internal static class ConnectionRulesExtensions
{
    public static void AddPortalConnectionRules(this IServiceCollection services) => services.AddSingleton<ConnectionRules>();

    public static void UsePortalConnectionRules(this WebApplication app)
    {
        var rules = app.Services.GetRequiredService<ConnectionRules>();
        app.Use((context, next) => rules.InvokeAsync(context, next));
    }
}
