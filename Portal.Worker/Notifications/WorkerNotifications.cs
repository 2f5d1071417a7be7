using Microsoft.Extensions.Options;
using Portal.Core.Notifications;
using Portal.Worker.Engine;

namespace Portal.Worker.Notifications;

public static class WorkerNotifications
{
    public static IServiceCollection AddTelling(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<NotificationOptions>().Bind(configuration.GetSection(NotificationOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<NotificationOptions>, NotificationOptionsValidator>();
        services.AddNotifications();
        services.AddSingleton<IMessenger, MailMessenger>();
        services.AddSingleton<IMessenger, WebhookMessenger>();
        services.AddHostedService<NotificationHost>();
        services.AddRecurring<ForgettingJob>();
        return services;
    }
}

/// <summary>Forgets what was told long ago, once a day.</summary>
public sealed class ForgettingJob(Notices notices) : IRecurring
{
    public string Id => "forget-notices";

    public string Schedule => "37 3 * * *";

    public Task RunAsync(CancellationToken cancellationToken) => notices.ForgetAsync(cancellationToken);
}
