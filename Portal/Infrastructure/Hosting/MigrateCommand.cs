using Npgsql;
using Portal.Core.Audit;
using Portal.Core.Persistence;

namespace Portal.Infrastructure.Hosting;

/// <summary>
/// <c>migrate</c>: brings the database up to date, lets the role in that portals and workers run as, and ends. So no process that goes on
/// running needs to know the role that the tables belong to.
/// </summary>
internal static class MigrateCommand
{
    public static bool IsAsked(string[] args) => args is ["migrate", ..];

    /// <exception cref="CannotStartException">It is asked for with more words, or no database is named.</exception>
    /// <exception cref="DatabaseUnusableException">With the remedy.</exception>
    public static async Task<int> RunAsync(string[] args, TextWriter output, CancellationToken cancellationToken)
    {
        if (args is not ["migrate"])
            throw new CannotStartException($"'{string.Join(' ', args)}' is not known. What there is: migrate.");
        await using var app = PortalApp.Build([]);
        var database = app.Services.GetRequiredService<NpgsqlDataSource>();
        await Migrator.MigrateAsync(database, DatabaseLogins.From(app.Configuration), app.Services.GetRequiredService<TimeProvider>(), cancellationToken);
        await output.WriteLineAsync("The database is up to date. " + (await TrailProtection.WeaknessAsync(database, cancellationToken) ?? "The portal's role reads the audit trail and adds to it, and can change nothing in it."));
        return 0;
    }
}
