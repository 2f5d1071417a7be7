using Portal.Infrastructure.Embedded;

namespace Portal;

internal static class Program
{
    public static Task<int> Main(string[] args) => StartUp.RunAsync(async () =>
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.UsePortalAddress();
        await using var embedded = await EmbeddedComposition.StartIfNeededAsync(builder);
        builder.Services.AddHealthChecks();

        await using var app = builder.Build();
        app.AnnounceAddress();
        app.MapHealthChecks("/health/live");
        app.MapHealthChecks("/health/ready");
        await embedded.StartWorkerAsync();
        await app.RunAsync();
    });
}
