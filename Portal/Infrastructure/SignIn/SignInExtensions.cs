using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Portal.Core.Persistence;
using Portal.Core.Security;
using Portal.Core.Tokens;
using Portal.Features.SignIn;
using Portal.Infrastructure.Hosting;

namespace Portal.Infrastructure.SignIn;

public static class SignInExtensions
{
    /// <summary>Sessions, the authorization policies (one a <see cref="Permission"/>, by its name) and the configured way to sign in.</summary>
    /// <exception cref="OptionsValidationException">With every fault of section <c>Portal:SignIn</c>.</exception>
    public static void AddPortalSignIn(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        var options = Read(builder.Configuration);
        services.AddSingleton(Options.Create(options));
        builder.AddPortalKeyRing();
        services.AddSessions();
        services.AddSignInRates();

        services.AddTokens(options);

        var authentication = services.AddAuthentication(SessionHandler.SchemeName).AddScheme<AuthenticationSchemeOptions, SessionHandler>(SessionHandler.SchemeName, null)
            .AddScheme<AuthenticationSchemeOptions, TokenHandler>(TokenHandler.SchemeName, null);
        switch (options.Way)
        {
            case SignInWay.Personas:
                services.AddSingleton<ISignInMethod, PersonaSignIn>();
                break;
            case SignInWay.OpenIdConnect or SignInWay.EntraId:
                authentication.AddProvider(options);
                break;
            default:
                services.AddSingleton<ISignInMethod, NoSignIn>();
                break;
        }

        var authorization = services.AddAuthorizationBuilder();
        foreach (var permission in Enum.GetValues<Permission>())
            authorization.AddPolicy(permission.ToString(), policy => policy.RequireAuthenticatedUser().RequireRole(Policies.RolesFor(permission)));
        TokenHandler.AddPolicy(authorization);
        authorization.AddPolicy(ApproverPolicy.Name, policy => policy.RequireAuthenticatedUser().AddRequirements(new ApproverPolicy.Requirement()));
        services.AddSingleton<IAuthorizationHandler, ApproverPolicy>();
        authorization.AddPolicy(OwnerPolicy.Name, policy => policy.RequireAuthenticatedUser().AddRequirements(new OwnerPolicy.Requirement()));
        services.AddSingleton<IAuthorizationHandler, OwnerPolicy>();
    }

    /// <summary>How often, and over what, anybody may try.</summary>
    public static void UsePortalSignInRules(this WebApplication app)
    {
        // Personas have nothing worth stealing; everybody else's session does.
        if (app.Services.GetRequiredService<IOptions<SignInOptions>>().Value.Way is SignInWay.OpenIdConnect or SignInWay.EntraId)
            app.Use(RefusePlainHttpAsync);
        app.UseRateLimiter();
    }

    public static void MapPortalSignIn(this WebApplication app)
    {
        app.Services.GetRequiredService<ISignInMethod>().Map(app);
        app.MapPost("/sign-out", SignOutAsync).RequireAuthorization();
    }

    // The load balancer's own questions, and the files of the page that says so, come over plain http as ever.
    private static Task RefusePlainHttpAsync(HttpContext context, RequestDelegate next) =>
        context.Request.IsHttps || IsLoopback(context.Request.Host.Host) || context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null
            ? next(context)
            : Problems.IsForPrograms(context.Request.Path)
            ? Problems.WriteAsync(context, StatusCodes.Status403Forbidden, "plain_http", "A token goes over https only.")
            : new RazorComponentResult<SignInFaultPage>(new { Fault = SignInFault.PlainHttp }) { StatusCode = StatusCodes.Status403Forbidden }.ExecuteAsync(context);

    private static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static void AddTokens(this IServiceCollection services, SignInOptions options) => services
        .AddSingleton(new TokenMethod(options.Way.ToString()))
        .AddSingleton<TokenQueries>()
        .AddSingleton<CreateToken>()
        .AddSingleton<RevokeToken>()
        .AddSingleton<IdempotencyKeys>();

    private static void AddSessions(this IServiceCollection services)
    {
        services.AddSingleton<TokenProtector>();
        services.AddSingleton<SessionStore>();
        services.AddSingleton<ISessions>(provider => provider.GetRequiredService<SessionStore>());
        services.AddSingleton<OpenSessions>();
        services.AddSingleton<INotificationHandler>(provider => provider.GetRequiredService<OpenSessions>());
        services.AddHostedService(provider => provider.GetRequiredService<OpenSessions>());
        services.AddHostedService<SessionUpkeep>();
        services.AddScoped<AuthenticationStateProvider, SessionState>();
        services.AddScoped<CircuitHandler, SessionActivity>();
        services.AddScoped<CurrentActor>();
        services.AddCascadingAuthenticationState();
    }

    // Bound from a form, so that the antiforgery token is demanded.
    private static Task SignOutAsync(HttpContext context, ISignInMethod method, [FromForm] IFormCollection form) => method.SignOutAsync(context);

    private static SignInOptions Read(IConfiguration configuration)
    {
        try
        {
            var options = configuration.GetSection(SignInOptions.Section).Get<SignInOptions>() ?? new SignInOptions();
            var result = new SignInOptionsValidator().Validate(null, options);
            return result.Failed ? throw new OptionsValidationException(SignInOptions.Section, typeof(SignInOptions), result.Failures) : options;
        }
        catch (InvalidOperationException error)
        {
            // A number or a duration that is none; the message names the setting and the value.
            throw new OptionsValidationException(SignInOptions.Section, typeof(SignInOptions), [error.Message]);
        }
    }
}
