using Portal.Infrastructure.Hosting;

namespace Portal;

internal static class Program
{
    public static async Task Main(string[] args)
    {
        // The embedded composition goes around this: it fills in ConnectionStrings:Portal before, and starts the worker after the migrations.
        await using var app = PortalApp.Build(args);
        await app.PrepareDatabaseAsync();
        await app.RunAsync();
    }
}
