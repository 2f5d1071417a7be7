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

    /// <summary>
    /// How long nothing may be heard before the server is asked whether it is there, and how long its answer may take: a connection can die
    /// without a word, and a server that was frozen keeps its connections.
    /// </summary>
    internal TimeSpan Probe { get; init; } = TimeSpan.FromSeconds(3);

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
        var connection = await database.OpenConnectionAsync(cancellationToken);
        var answer = Task.CompletedTask;
        try
        {
            await SubscribeAsync(connection, cancellationToken);
            while (true)
            {
                if (await connection.WaitAsync(Probe, cancellationToken))
                    continue;
                answer = AskAsync(connection);
                await answer.WaitAsync(Probe, clock, cancellationToken);
            }
        }
        finally
        {
            // Not waited for: who does not answer does not answer to this either.
            _ = LeaveAsync(connection, answer);
        }
    }

    private async Task SubscribeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
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
    }

    private static async Task AskAsync(NpgsqlConnection connection)
    {
        await using var alive = new NpgsqlCommand("select 1", connection);
        await alive.ExecuteNonQueryAsync();
    }

    private static async Task LeaveAsync(NpgsqlConnection connection, Task answer)
    {
        await answer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await connection.DisposeAsync();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The LISTEN connection to Postgres was lost ({Reason}); connecting again.")]
    private static partial void LogLost(ILogger logger, string reason);
}
