using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Portal.Core.Persistence;

public static class PersistenceExtensions
{
    /// <summary>Database, context factory and the process's LISTEN connection.</summary>
    public static IServiceCollection AddPortalDatabase(this IServiceCollection services, string connectionString)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(_ => Create(connectionString));
        services.AddDbContextFactory<PortalDb>((provider, options) => options
            .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>())
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking));
        services.AddSingleton<DatabaseHealth>();
        services.AddHostedService<PostgresListener>();
        return services;
    }

    private static NpgsqlDataSource Create(string connectionString) => NpgsqlDataSource.Create(Read(connectionString));

    /// <exception cref="DatabaseUnusableException">It cannot be read.</exception>
    internal static NpgsqlConnectionStringBuilder Read(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (ArgumentException error)
        {
            // Without Npgsql's own words: they may quote a piece of the password.
            throw new DatabaseUnusableException("ConnectionStrings__Portal cannot be read: it takes Host=…;Port=…;Database=…;Username=…;Password=…, values with a semicolon in quotes.", error);
        }
    }
}
