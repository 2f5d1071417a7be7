using Portal.Infrastructure.Embedded;
using Portal.Infrastructure.Hosting;

namespace Portal;

internal static class Program
{
    public static Task<int> Main(string[] args) => StartUp.RunAsync(async () =>
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.UsePortalAddress();
        await using var embedded = await EmbeddedComposition.StartIfNeededAsync(builder);

        await using var app = PortalApp.Build(builder);
        app.AnnounceAddress();
        await app.PrepareDatabaseAsync();
        await embedded.StartWorkerAsync();
        await app.RunAsync();
    });
}
