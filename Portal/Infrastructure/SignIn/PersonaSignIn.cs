using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Portal.Core.Security;
using Portal.Features.SignIn;

namespace Portal.Infrastructure.SignIn;

/// <summary>For trying the portal out: choose who you are, no password.</summary>
internal sealed class PersonaSignIn : ISignInMethod
{
    public const string Path = "/sign-in";

    /// <summary>Two of Ops, so that two approvers can be tried, and engineers of two teams.</summary>
    public static IReadOnlyList<Persona> Personas { get; } =
    [
        new("engineer", "Engineer", Roles.Engineer, "asks for environments and watches them come up", "shop"),
        new("engineer-2", "Engineer, second", Roles.Engineer, "is in another team", "payments"),
        new("ops", "Ops", Roles.Ops, "decides what is asked for"),
        new("ops-2", "Ops, second", Roles.Ops, "decides as well, when two have to be tried"),
        new("viewer", "Viewer", Roles.Viewer, "looks, and changes nothing"),
        new("admin", "Admin", Roles.Admin, "may do everything"),
    ];

    public Task ChallengeAsync(HttpContext context, string returnUrl)
    {
        context.Response.Redirect(returnUrl == LocalUrl.Home ? Path : $"{Path}?returnUrl={Uri.EscapeDataString(returnUrl)}");
        return Task.CompletedTask;
    }

    public async Task SignOutAsync(HttpContext context)
    {
        await context.SignOutAsync();
        context.Response.Redirect(LocalUrl.Home);
    }

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Path, (string? returnUrl) => new RazorComponentResult<SignInPage>(new { ReturnUrl = LocalUrl.Of(returnUrl) }));
        endpoints.MapPost(Path, SignInAsync);
    }

    private static async Task<IResult> SignInAsync(HttpContext context, [FromForm] string? persona, [FromForm] string? returnUrl)
    {
        var chosen = Personas.FirstOrDefault(one => one.Id == persona);
        if (chosen is null)
            return new RazorComponentResult<SignInPage>(new { ReturnUrl = LocalUrl.Of(returnUrl), Fault = "There is no such persona; choose one of these." }) { StatusCode = StatusCodes.Status400BadRequest };
        await context.SignInAsync(CurrentActor.ToPrincipal(chosen.Actor, SessionHandler.SchemeName));
        return Results.LocalRedirect(LocalUrl.Of(returnUrl));
    }
}

/// <param name="Does">What the role is for, after the name.</param>
/// <param name="Team">Null for none.</param>
internal sealed record Persona(string Id, string Name, string Role, string Does, string? Team = null)
{
    public Actor Actor => new($"persona-{Id}", Name, new HashSet<string>(StringComparer.Ordinal) { Role })
    {
        Teams = Team is null ? new HashSet<string>() : new HashSet<string>(StringComparer.Ordinal) { Team },
        Mail = $"{Id}@localhost",
    };
}
