using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Portal.Core.Persistence;

/// <summary>What is told whenever Postgres notifies. Must return at once: hand work over to a queue of your own.</summary>
public interface INotificationHandler
{
    IReadOnlyCollection<string> Channels { get; }

    void Notified(string channel, string payload);

    /// <summary>The connection was lost and is back (or there for the first time): anything may have been missed, so reread.</summary>
    void Connected();

    /// <summary>The connection is lost.</summary>
    void Disconnected();
}

/// <summary>The process's one LISTEN connection.</summary>
public sealed partial class PostgresListener(
    NpgsqlDataSource database, IEnumerable<INotificationHandler> handlers, TimeProvider clock, ILogger<PostgresListener> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // A wait that is broken off now and then notices a connection that died without a word.
    private static readonly TimeSpan Probe = TimeSpan.FromSeconds(5);

    private readonly INotificationHandler[] _handlers = [.. handlers];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                LogLost(logger, error.Message);
                foreach (var handler in _handlers)
                    handler.Disconnected();
                await Task.Delay(Pause, clock, stoppingToken);
            }
        }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        connection.Notification += (_, args) =>
        {
            foreach (var handler in _handlers.Where(handler => handler.Channels.Contains(args.Channel)))
                handler.Notified(args.Channel, args.Payload);
        };
        var channels = _handlers.SelectMany(handler => handler.Channels).Distinct(StringComparer.Ordinal);
        await using (var listen = new NpgsqlCommand(string.Join(';', channels.Select(channel => $"listen {channel}")), connection))
            await listen.ExecuteNonQueryAsync(cancellationToken);
        foreach (var handler in _handlers)
            handler.Connected();
        while (true)
        {
            if (await connection.WaitAsync(Probe, cancellationToken))
                continue;
            await using var alive = new NpgsqlCommand("select 1", connection) { CommandTimeout = (int)Probe.TotalSeconds };
            await alive.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The LISTEN connection to Postgres was lost ({Reason}); connecting again.")]
    private static partial void LogLost(ILogger logger, string reason);
}
