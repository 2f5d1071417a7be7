namespace Portal.Infrastructure.Embedded;

/// <summary>What surrounds Portal's start: refusals become one sentence and exit code 1, readiness one line.</summary>
internal static class StartUp
{
    public static async Task<int> RunAsync(Func<Task> portal)
    {
        try
        {
            await portal();
            return 0;
        }
        catch (Exception error) when ((error as CannotStartException ?? ListenAddresses.Explain(error)) is { } refusal)
        {
            await Console.Error.WriteLineAsync("Portal cannot start. " + refusal.Message);
            return 1;
        }
    }

    /// <summary>The framework's several lines about its start give way to one of ours.</summary>
    public static void AnnounceAddress(this WebApplication app) =>
        app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine("Portal is ready: " + string.Join(' ', app.Urls)));

    public static void QuietLifetimeMessages(this ILoggingBuilder logging) =>
        logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
}
