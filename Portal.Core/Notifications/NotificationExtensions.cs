using Microsoft.Extensions.DependencyInjection;

namespace Portal.Core.Notifications;

public static class NotificationExtensions
{
    /// <summary>What tells people of events; both the portal and the workers have it.</summary>
    public static IServiceCollection AddNotifications(this IServiceCollection services) => services
        .AddSingleton(_ => NoticeCatalog.Read())
        .AddSingleton<SpreadNotices>()
        .AddSingleton<Deliveries>()
        .AddSingleton<NoticeChoices>()
        .AddSingleton<Notices>()
        .AddSingleton<DeadLetters>();
}
