using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Portal.Core.Persistence;

public static class PersistenceExtensions
{
    /// <summary>Database, context factory, transactions, and how the process hears of changes and tells of its own.</summary>
    /// <param name="prepared">
    /// How many statements a connection keeps prepared, if the connection string does not say. For whoever asks the same few again and again by
    /// key: a plan that is kept knows nothing of the values, so that searches are better planned anew.
    /// </param>
    public static IServiceCollection AddPortalDatabase(this IServiceCollection services, string connectionString, int prepared = 0)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(_ => Create(connectionString, prepared));
        services.AddDbContextFactory<PortalDb>((provider, options) => options
            .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>())
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking));
        services.AddSingleton<DatabaseHealth>();
        services.AddSingleton<Transactions>();
        services.AddSingleton<SendChanges>(provider => provider.GetRequiredService<NpgsqlDataSource>().SendChangesAsync);
        services.AddSingleton<Announcer>();
        // First of all, so that it stops after everything that writes.
        services.AddHostedService(provider => provider.GetRequiredService<Announcer>());
        services.AddHostedService<PostgresListener>();
        return services;
    }

    /// <summary>A context on that very connection, and so in its transaction.</summary>
    public static async Task<PortalDb> OnAsync(this IDbContextFactory<PortalDb> databases, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var context = await databases.CreateDbContextAsync(cancellationToken);
        context.Database.SetDbConnection(connection, contextOwnsConnection: false);
        return context;
    }

    /// <summary>The context's own, for what is asked in SQL beside it: in its transaction, where it is in one.</summary>
    public static NpgsqlConnection Connection(this PortalDb context) => (NpgsqlConnection)context.Database.GetDbConnection();

    private static NpgsqlDataSource Create(string connectionString, int prepared)
    {
        var settings = Read(connectionString);
        if (!settings.ShouldSerialize("Max Auto Prepare"))
            (settings.MaxAutoPrepare, settings.AutoPrepareMinUsages) = (prepared, 2);
        return NpgsqlDataSource.Create(settings);
    }

    /// <exception cref="DatabaseUnusableException">It cannot be read.</exception>
    internal static NpgsqlConnectionStringBuilder Read(string connectionString, string setting = DatabaseLogins.PortalSetting)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (ArgumentException error)
        {
            // Without Npgsql's own words: they may quote a piece of the password.
            throw new DatabaseUnusableException($"{setting} cannot be read: it takes Host=…;Port=…;Database=…;Username=…;Password=…, values with a semicolon in quotes.", error);
        }
    }
}
