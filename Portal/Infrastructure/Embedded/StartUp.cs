using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;

namespace Portal.Infrastructure.Embedded;

/// <summary>What surrounds Portal's start: refusals become one sentence and exit code 1, readiness one line, and a Ctrl+C is never lost.</summary>
internal static class StartUp
{
    private static readonly CancellationTokenSource s_stopping = new();

    /// <summary>
    /// Cancelled by Ctrl+C or SIGTERM. The hosts that start before Portal's own each take such a signal for themselves
    /// and so keep the process from ending; this is how a signal during the start reaches all of it.
    /// </summary>
    public static CancellationToken Stopping => s_stopping.Token;

    public static async Task<int> RunAsync(Func<Task> portal)
    {
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            await portal();
            return 0;
        }
        catch (OperationCanceledException) when (Stopping.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception error) when ((error as CannotStartException ?? ListenAddresses.Explain(error)) is { } refusal)
        {
            await Console.Error.WriteLineAsync("Portal cannot start. " + refusal.Message);
            return 1;
        }
        catch (OptionsValidationException error)
        {
            await Console.Error.WriteLineAsync("Portal cannot start. Its configuration cannot be used:\n" + string.Join('\n', error.Failures));
            return 1;
        }
    }

    /// <summary>The framework's several lines about its start give way to one of ours.</summary>
    public static void AnnounceAddress(this WebApplication app)
    {
        Stopping.Register(app.Lifetime.StopApplication);
        app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine("Portal is ready: " + string.Join(' ', app.Urls)));
    }

    public static void QuietLifetimeMessages(this ILoggingBuilder logging) =>
        logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);

    private static void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        s_stopping.Cancel();
    }
}
