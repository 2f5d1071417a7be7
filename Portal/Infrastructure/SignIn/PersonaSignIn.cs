using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Portal.Core.Security;
using Portal.Features.SignIn;

namespace Portal.Infrastructure.SignIn;

/// <summary>Development only: choose who you are, no password.</summary>
internal sealed class PersonaSignIn : ISignInMethod
{
    public const string Path = "/sign-in";

    /// <summary>Two of Ops, so that two approvers can be tried.</summary>
    public static IReadOnlyList<Persona> Personas { get; } =
    [
        new("engineer", "Engineer", Roles.Engineer, "asks for environments and watches them come up"),
        new("ops", "Ops", Roles.Ops, "decides what is asked for"),
        new("ops-2", "Ops, second", Roles.Ops, "decides as well, when two have to be tried"),
        new("viewer", "Viewer", Roles.Viewer, "looks, and changes nothing"),
    ];

    public Task ChallengeAsync(HttpContext context, string returnUrl)
    {
        context.Response.Redirect(returnUrl == "/" ? Path : $"{Path}?returnUrl={Uri.EscapeDataString(returnUrl)}");
        return Task.CompletedTask;
    }

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Path, (string? returnUrl) => new RazorComponentResult<SignInPage>(new { ReturnUrl = LocalOnly(returnUrl) }));
        endpoints.MapPost(Path, SignInAsync);
    }

    private static async Task<IResult> SignInAsync(HttpContext context, [FromForm] string persona, [FromForm] string? returnUrl)
    {
        var chosen = Personas.FirstOrDefault(one => one.Id == persona);
        if (chosen is null)
            return Results.BadRequest("There is no such persona.");
        const string scheme = CookieAuthenticationDefaults.AuthenticationScheme;
        await context.SignInAsync(scheme, CurrentActor.ToPrincipal(chosen.Actor, scheme));
        return Results.LocalRedirect(LocalOnly(returnUrl));
    }

    private static string LocalOnly(string? url) =>
        url is ['/', ..] && url is not ['/', '/' or '\\', ..] ? url : "/";
}

/// <param name="Does">What the role is for, after the name.</param>
internal sealed record Persona(string Id, string Name, string Role, string Does)
{
    public Actor Actor => new($"persona-{Id}", Name, new HashSet<string>(StringComparer.Ordinal) { Role });
}
