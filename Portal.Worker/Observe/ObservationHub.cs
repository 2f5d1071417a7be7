using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Portal.Core.Persistence;

namespace Portal.Worker.Observe;

/// <summary>
/// Where steps wait. One read for all waiters of the process whenever something changed in a target, however many wait; after a lost
/// LISTEN connection everything waited for is read again.
/// </summary>
public sealed partial class ObservationHub(ObservationStore store, TimeProvider clock, ILogger<ObservationHub> logger) : BackgroundService, INotificationHandler, IObservationHub
{
    // A notification can only be missed with the connection, which Connected() covers; this is for what nobody thought of.
    private static readonly TimeSpan RereadEvery = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<Waiter, byte> _waiters = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    public IReadOnlyCollection<string> Channels { get; } = [Core.Persistence.Channels.Observation];

    public void Notified(string channel, string payload) => _wake.Writer.TryWrite(true);

    public void Connected() => _wake.Writer.TryWrite(true);

    public void Disconnected()
    {
        // Connected() comes after it and rereads.
    }

    public async Task<Observation> WaitAsync(string target, string kind, string name, Func<Observation, bool> until, CancellationToken cancellationToken)
    {
        var waiter = new Waiter((target, kind, name), until);
        _waiters.TryAdd(waiter, 0);
        try
        {
            _wake.Writer.TryWrite(true);
            return await waiter.Found.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            _waiters.TryRemove(waiter, out _);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            using (var pause = new CancellationTokenSource(RereadEvery, clock))
            using (var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, pause.Token))
            {
                try
                {
                    await _wake.Reader.ReadAsync(either.Token);
                }
                catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
                {
                    // The reread is due.
                }
            }

            try
            {
                await ReadAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogReadFailed(logger, error);
            }
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var waiters = _waiters.Keys.ToLookup(waiter => waiter.Key);
        if (waiters.Count == 0)
            return;
        foreach (var observation in await store.ReadAsync([.. waiters.Select(group => group.Key)], cancellationToken))
        {
            foreach (var waiter in waiters[(observation.Target, observation.Kind, observation.Name)].Where(waiter => waiter.Until(observation)))
                waiter.Found.TrySetResult(observation);
        }
    }

    private sealed class Waiter((string Target, string Kind, string Name) key, Func<Observation, bool> until)
    {
        public (string Target, string Kind, string Name) Key => key;

        public Func<Observation, bool> Until => until;

        public TaskCompletionSource<Observation> Found { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What was observed could not be read; trying again.")]
    private static partial void LogReadFailed(ILogger logger, Exception error);
}
