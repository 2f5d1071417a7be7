using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Components.Pages;
using Portal.Infrastructure.Live;

namespace Portal.Infrastructure.Hosting;

internal static class StatusPages
{
    /// <summary>A browser that gets an empty refusal or a fault gets a page in words, a program a problem; everybody else gets the bare status.</summary>
    public static void UsePortalStatusPages(this WebApplication app)
    {
        app.UseStatusCodePages(context =>
        {
            var http = context.HttpContext;
            if (Problems.IsForPrograms(http.Request.Path))
                return Problems.WriteAsync(http, http.Response.StatusCode);
            return http.Request.Headers.Accept.Any(accept => accept?.Contains("text/html", StringComparison.OrdinalIgnoreCase) == true)
                ? new RazorComponentResult<StatusPage>(new { Code = http.Response.StatusCode }).ExecuteAsync(http)
                : Task.CompletedTask;
        });
        // The handler has logged it and set 500; the words come from the status page around it.
        if (!app.Environment.IsDevelopment())
            app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = _ => Task.CompletedTask });
        app.Use(SayThatTheDatabaseIsAwayAsync);
    }

    // Who signed in is read before any page is, so that a page loaded meanwhile ends here; it loads itself again.
    private static async Task SayThatTheDatabaseIsAwayAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception error) when (DatabaseReach.IsAway(error) && !context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "3";
            if (HttpMethods.IsGet(context.Request.Method))
                context.Response.Headers["Refresh"] = "3";
        }
    }
}
