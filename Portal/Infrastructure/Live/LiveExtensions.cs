using Portal.Core.Environments;
using Portal.Core.Persistence;

namespace Portal.Infrastructure.Live;

public static class LiveExtensions
{
    /// <summary>What keeps pages up to date; the LISTEN connection behind it comes with the database.</summary>
    public static IServiceCollection AddPortalLive(this IServiceCollection services) => services
        .AddSingleton<LiveConnection>()
        .AddSingleton<ReadSnapshot>(provider => provider.GetRequiredService<EnvironmentQueries>().SnapshotAsync)
        .AddSingleton<CountWaiting>(provider => provider.GetRequiredService<RequestQueries>().WaitingAsync)
        .AddSingleton<EnvironmentFeed>()
        .AddSingleton<OverviewFeed>()
        // Feeds before the connection, so that what has to be reread is known when the connection says that it is there.
        .AddSingleton<INotificationHandler>(provider => provider.GetRequiredService<EnvironmentFeed>())
        .AddSingleton<INotificationHandler>(provider => provider.GetRequiredService<OverviewFeed>())
        .AddSingleton<INotificationHandler>(provider => provider.GetRequiredService<LiveConnection>())
        .AddScoped<PageClock>();
}
