using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Components.Pages;

namespace Portal.Infrastructure.Hosting;

internal static class StatusPages
{
    /// <summary>A browser that gets an empty refusal or a fault gets a page in words; everybody else gets the bare status.</summary>
    public static void UsePortalStatusPages(this WebApplication app)
    {
        app.UseStatusCodePages(context =>
        {
            var http = context.HttpContext;
            return http.Request.Headers.Accept.Any(accept => accept?.Contains("text/html", StringComparison.OrdinalIgnoreCase) == true)
                ? new RazorComponentResult<StatusPage>(new { Code = http.Response.StatusCode }).ExecuteAsync(http)
                : Task.CompletedTask;
        });
        // The handler has logged it and set 500; the words come from the status page around it.
        if (!app.Environment.IsDevelopment())
            app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = _ => Task.CompletedTask });
    }
}
