using Microsoft.AspNetCore.Mvc;
using Portal.Core;
using Portal.Core.Security;
using Portal.Core.Tokens;
using Portal.Infrastructure.Hosting;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Api;

/// <summary>What an endpoint wants of a token besides being one.</summary>
internal sealed record NeedsScope(TokenScope Scope);

/// <summary>It changes something: once under an Idempotency-Key.</summary>
internal sealed record IsDoneOnce;

/// <summary>The body is a specification.</summary>
internal sealed record TakesSpecification;

/// <summary>What is changed is named by its entity tag; <paramref name="What"/> says what that is.</summary>
internal sealed record TakesIfMatch(string What);

/// <summary>What all of the API's endpoints have in common.</summary>
internal static class ApiEndpoints
{
    public const string Prefix = "/api/v1";

    public static RouteGroupBuilder MapApi(this IEndpointRouteBuilder endpoints)
    {
        var api = endpoints.MapGroup(Prefix).RequireAuthorization(TokenHandler.Policy);
        api.DisableAntiforgery();
        api.WithMetadata(new RequestSizeLimitAttribute(Bodies.Most));
        api.AddEndpointFilter(RefuseWithoutScopeAsync);
        return api;
    }

    public static Actor Who(HttpContext context) => TokenHandler.HolderOf(context).Actor;

    /// <summary>What it answers, and how the document calls it.</summary>
    public static RouteHandlerBuilder Says<T>(this RouteHandlerBuilder endpoint, string name, string summary, int status = StatusCodes.Status200OK) =>
        endpoint.WithName(name).WithSummary(summary).Produces<T>(status, "application/json").WithRefusals();

    public static RouteHandlerBuilder Says(this RouteHandlerBuilder endpoint, string name, string summary, string contentType) =>
        endpoint.WithName(name).WithSummary(summary).Produces(StatusCodes.Status200OK, typeof(string), contentType).WithRefusals();

    /// <summary>Answers nothing where it is done.</summary>
    public static RouteHandlerBuilder Says(this RouteHandlerBuilder endpoint, string name, string summary) =>
        endpoint.WithName(name).WithSummary(summary).Produces(StatusCodes.Status204NoContent).WithRefusals();

    public static RouteHandlerBuilder Takes(this RouteHandlerBuilder endpoint, params QueryParameter[] parameters) => endpoint.WithMetadata(new TakesQuery(parameters));

    public static RouteHandlerBuilder TakesJson<T>(this RouteHandlerBuilder endpoint, bool optional = false)
        where T : notnull => endpoint.Accepts<T>(optional, "application/json");

    public static RouteHandlerBuilder TakesSpecification(this RouteHandlerBuilder endpoint) =>
        endpoint.WithMetadata(new TakesSpecification()).Accepts<EnvironmentDocument>("application/json", Bodies.Yaml).Refuses(StatusCodes.Status422UnprocessableEntity);

    public static RouteHandlerBuilder TakesIfMatch(this RouteHandlerBuilder endpoint, string what) =>
        endpoint.WithMetadata(new TakesIfMatch(what)).Refuses(StatusCodes.Status412PreconditionFailed);

    public static RouteHandlerBuilder Wants(this RouteHandlerBuilder endpoint, TokenScope scope) => endpoint.WithMetadata(new NeedsScope(scope));

    /// <summary>Changes something: wants the scope, and is done once under an Idempotency-Key.</summary>
    public static RouteHandlerBuilder Does(this RouteHandlerBuilder endpoint, TokenScope scope) =>
        endpoint.Wants(scope).WithMetadata(new IsDoneOnce()).Refuses(StatusCodes.Status409Conflict, StatusCodes.Status422UnprocessableEntity).AddEndpointFilterFactory((_, next) => invocation =>
            new IdempotencyFilter(invocation.HttpContext.RequestServices.GetRequiredService<IdempotencyKeys>()).InvokeAsync(invocation, next));

    /// <summary>The entity tag that was sent; null for none, or for any.</summary>
    public static Outcome<string?> IfMatch(HttpContext context) => context.Request.Headers.IfMatch.ToString() switch
    {
        "" or "*" => default(Outcome<string?>),
        ['"', .. var tag, '"'] when !tag.Contains('"', StringComparison.Ordinal) => tag,
        _ => new Unreadable("If-Match", null, "If-Match has to be the one ETag that was answered, in its quotes."),
    };

    public static IResult Tagged<T>(HttpContext context, T value, string tag)
    {
        context.Response.Headers.ETag = $"\"{tag}\"";
        return context.Request.Headers.IfNoneMatch.ToString() == $"\"{tag}\"" ? TypedResults.StatusCode(StatusCodes.Status304NotModified) : TypedResults.Ok(value);
    }

    private static RouteHandlerBuilder WithRefusals(this RouteHandlerBuilder endpoint) => endpoint.Refuses(
        StatusCodes.Status400BadRequest, StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden, StatusCodes.Status404NotFound, StatusCodes.Status429TooManyRequests);

    private static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
            endpoint.Produces<Problem>(status, Problems.ContentType);
        return endpoint;
    }

    // The use cases say no as well; this one says which scope is missing.
    private static async ValueTask<object?> RefuseWithoutScopeAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        return context.GetEndpoint()?.Metadata.GetMetadata<NeedsScope>() is { Scope: var scope } && !Who(context).Lets(scope)
            ? new NotAllowed($"{Capital(Who(context).Signature)} may not do this: it lacks the scope {scope.ToString().ToLowerInvariant()}. Make one that has it at /tokens.").ToResult()
            : await next(invocation);
    }

    private static string Capital(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..]}";
}
