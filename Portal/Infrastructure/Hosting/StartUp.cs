using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;
using Portal.Core.Persistence;
using Portal.Infrastructure.Live;

namespace Portal.Infrastructure.Hosting;

/// <summary>What surrounds Portal's start: refusals become one sentence and exit code 1, readiness one line, and a Ctrl+C is never lost.</summary>
internal static class StartUp
{
    private static readonly CancellationTokenSource s_stopping = new();

    /// <summary>
    /// Cancelled by Ctrl+C or SIGTERM. The hosts that start before Portal's own each take such a signal for themselves
    /// and so keep the process from ending; this is how a signal during the start reaches all of it.
    /// </summary>
    public static CancellationToken Stopping => s_stopping.Token;

    public static async Task<int> RunAsync(Func<Task<int>> portal)
    {
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            return await portal();
        }
        catch (OperationCanceledException) when (Stopping.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception error) when (Refusal(error) is { } sentence)
        {
            await Console.Error.WriteLineAsync("Portal cannot start. " + sentence);
            return 1;
        }
    }

    /// <summary>The framework's several lines about its start give way to one of ours.</summary>
    public static void AnnounceAddress(this WebApplication app)
    {
        Stopping.Register(app.Lifetime.StopApplication);
        app.Lifetime.ApplicationStarted.Register(() => SayReady(app));
    }

    // Who reads the line goes there at once: pages have to hear of changes by then, as /health/ready says of them.
    private static void SayReady(WebApplication app)
    {
        var (live, said) = (app.Services.GetRequiredService<LiveConnection>(), 0);
        live.OnChange(Say);
        Say();

        void Say()
        {
            if (live.Status.State != LiveState.Disconnected && Interlocked.Exchange(ref said, 1) == 0)
                Console.WriteLine("Portal is ready: " + string.Join(' ', app.Urls));
        }
    }

    public static void QuietLifetimeMessages(this ILoggingBuilder logging) =>
        logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);

    /// <summary>Null for a fault of ours, whose stack is what helps.</summary>
    private static string? Refusal(Exception error) => error is CannotStartException or DatabaseUnusableException or OptionsValidationException or InvalidDataException
        ? error.Message
        : ListenAddresses.Explain(error)?.Message;

    private static void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        s_stopping.Cancel();
    }
}
