using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Portal.Core.Security;

namespace Portal.Infrastructure.SignIn;

public static class SignInExtensions
{
    /// <summary>The cookie, the authorization policies (one a <see cref="Permission"/>, by its name) and the way to sign in.</summary>
    public static void AddPortalSignIn(this WebApplicationBuilder builder)
    {
        // Real sign-in goes here; personas must never exist anywhere but on a developer's machine.
        if (builder.Environment.IsDevelopment())
            builder.Services.AddSingleton<ISignInMethod, PersonaSignIn>();
        else
            builder.Services.AddSingleton<ISignInMethod, NoSignIn>();

        builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(options =>
        {
            options.Cookie.Name = "portal";
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.ExpireTimeSpan = TimeSpan.FromHours(10);
            options.Events.OnRedirectToLogin = context => context.Request.Path.StartsWithSegments("/_blazor", StringComparison.Ordinal)
                ? Refuse(context.Response, StatusCodes.Status401Unauthorized)
                : context.HttpContext.RequestServices.GetRequiredService<ISignInMethod>().ChallengeAsync(context.HttpContext, context.Request.Path + context.Request.QueryString);
            options.Events.OnRedirectToAccessDenied = context => Refuse(context.Response, StatusCodes.Status403Forbidden);
        });
        var authorization = builder.Services.AddAuthorizationBuilder();
        foreach (var permission in Enum.GetValues<Permission>())
            authorization.AddPolicy(permission.ToString(), policy => policy.RequireAuthenticatedUser().RequireRole(Policies.RolesFor(permission)));
        builder.Services.AddCascadingAuthenticationState();
        builder.Services.AddScoped<CurrentActor>();
    }

    public static void MapPortalSignIn(this WebApplication app)
    {
        app.Services.GetRequiredService<ISignInMethod>().Map(app);
        app.MapPost("/sign-out", SignOutAsync).RequireAuthorization();
    }

    // Bound from a form, so that the antiforgery token is demanded.
    private static async Task<IResult> SignOutAsync(HttpContext context, [Microsoft.AspNetCore.Mvc.FromForm] IFormCollection form)
    {
        await context.SignOutAsync();
        return Results.LocalRedirect("/");
    }

    private static Task Refuse(HttpResponse response, int status)
    {
        response.StatusCode = status;
        return Task.CompletedTask;
    }
}
