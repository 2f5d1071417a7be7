#if EMBEDDED
using Portal.Infrastructure.Embedded;
#endif
using Portal.Infrastructure.Hosting;

namespace Portal;

internal static class Program
{
    public static Task<int> Main(string[] args) => StartUp.RunAsync(async () =>
    {
        if (AuditCommand.IsAsked(args))
            return await AuditCommand.RunAsync(args, Console.Out, StartUp.Stopping);
        if (MigrateCommand.IsAsked(args))
            return await MigrateCommand.RunAsync(args, Console.Out, StartUp.Stopping);
        var builder = WebApplication.CreateBuilder(args);
        builder.UsePortalAddress();
        builder.Logging.QuietLifetimeMessages();
#if EMBEDDED
        await using var embedded = await EmbeddedComposition.StartIfNeededAsync(builder);
#endif
        await using var app = PortalApp.Build(builder);
        app.AnnounceAddress();
#if EMBEDDED
        embedded.Keep(app.Services.GetRequiredService<ILoggerFactory>());
#endif
        await app.PrepareDatabaseAsync(StartUp.Stopping);
#if EMBEDDED
        await embedded.StartWorkerAsync();
#endif
        await app.RunAsync();
        return 0;
    });
}
