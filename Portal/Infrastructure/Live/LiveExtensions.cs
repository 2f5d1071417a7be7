using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Caching.Hybrid;
using Portal.Core.Environments;
using Portal.Core.Notifications;
using Portal.Core.Persistence;

namespace Portal.Infrastructure.Live;

public static class LiveExtensions
{
    /// <summary>
    /// What a browser may send in one message: the state of a paused circuit is the largest, and grows with the longest draft. Fields have
    /// lengths of their own, so that no paste comes near it.
    /// </summary>
    public const int MaxMessage = 256 * 1024;

    /// <summary>What keeps pages up to date; the LISTEN connection behind it comes with the database.</summary>
    public static IServiceCollection AddPortalLive(this IServiceCollection services) => services
        .AddSingleton<LiveConnection>()
        .AddSingleton<DatabaseReach>()
        .AddSingleton<ReadSnapshot>(provider => provider.GetRequiredService<EnvironmentQueries>().SnapshotAsync)
        .AddSingleton<CountWaiting>(provider => provider.GetRequiredService<RequestQueries>().WaitingAsync)
        .AddSingleton<EnvironmentFeed>()
        .AddSingleton<OverviewFeed>()
        .AddSingleton<CountUnread>(provider => provider.GetRequiredService<Notices>().UnreadAsync)
        .AddSingleton<NoticeFeed>()
        .AddSingleton<INotificationHandler>(provider => provider.GetRequiredService<NoticeFeed>())
        // Feeds before the connection, so that what has to be reread is known when the connection says that it is there.
        .AddSingleton<INotificationHandler>(provider => provider.GetRequiredService<EnvironmentFeed>())
        .AddSingleton<INotificationHandler>(provider => provider.GetRequiredService<OverviewFeed>())
        .AddSingleton<INotificationHandler>(provider => provider.GetRequiredService<LiveConnection>())
        .AddSingleton<ReadUntold>(provider => provider.GetRequiredService<EnvironmentQueries>().UntoldAsync)
        .AddHostedService<UntoldWatch>()
        .AddSingleton<OpenCircuits>()
        .AddScoped<CircuitHandler, CircuitWatch>()
        .AddSingleton<ConnectionWatch>()
        .AddSingleton<HybridCache, PausedCircuits>()
        .AddScoped<CircuitHandler, ViewerZoneWatch>()
        .AddScoped<PageClock>();

    /// <summary>How long and how many circuits outlive their browser's connection. A paused one costs nothing here: the browser holds it.</summary>
    public static void BoundCircuits(CircuitOptions options)
    {
        options.DisconnectedCircuitMaxRetained = 100;
        options.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(3);
        // How long a browser's own copy is good for is the longer of the two.
        options.PersistedCircuitInMemoryRetentionPeriod = TimeSpan.FromHours(1);
        options.PersistedCircuitDistributedRetentionPeriod = TimeSpan.FromHours(1);
    }

    public static void SetConnections(HubOptions options)
    {
        options.MaximumReceiveMessageSize = MaxMessage;
        options.AddFilter<ConnectionWatch>();
    }

    /// <summary>SIGTERM pauses the circuits before anything else stops.</summary>
    public static void PauseCircuitsWhenStopping(this WebApplication app) =>
        // Callbacks run last in, first out, and SignalR's own closes the connections: ours has to be registered after it.
        app.Lifetime.ApplicationStarted.Register(() => app.Lifetime.ApplicationStopping.Register(
            () => app.Services.GetRequiredService<OpenCircuits>().PauseAsync().GetAwaiter().GetResult()));
}
