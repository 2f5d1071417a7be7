using System.Threading.Channels;
using Portal.Core.Persistence;

namespace Portal.Infrastructure.Live;

/// <summary>
/// One value of the database that any number of circuits look at: read once for each change, however many look, and handed to each
/// through a channel that holds the newest only. Nothing is read while nobody looks.
/// </summary>
/// <param name="read">Reads the value; runs outside of any circuit, one at a time.</param>
/// <param name="pause">At least this long between two reads; the changes within it are one change.</param>
public sealed partial class LiveValue<T>(Func<CancellationToken, Task<T>> read, TimeSpan pause, LiveConnection connection, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly List<Channel<T>> _watchers = [];
    private Channel<bool>? _changes;
    private CancellationTokenSource? _stop;
    private IDisposable? _behind;
    private (bool Has, T Value) _latest;

    /// <summary>How many watch.</summary>
    public int Watchers
    {
        get
        {
            lock (_gate)
                return _watchers.Count;
        }
    }

    /// <summary>The value as it is and as it changes, until the subscription is disposed.</summary>
    public Subscription<T> Watch()
    {
        var channel = Channel.CreateBounded<T>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (_gate)
        {
            _watchers.Add(channel);
            if (_watchers.Count == 1)
                Start();
            else if (_latest.Has)
                channel.Writer.TryWrite(_latest.Value);
        }

        return new Subscription<T>(channel.Reader, () => Leave(channel));
    }

    /// <summary>The value is not what it was.</summary>
    public void Changed()
    {
        lock (_gate)
            _changes?.Writer.TryWrite(true);
    }

    /// <summary>Anything may have been missed.</summary>
    public void Reread()
    {
        lock (_gate)
        {
            if (_changes is null)
                return;
            _behind ??= connection.CatchUp();
            _changes.Writer.TryWrite(true);
        }
    }

    private void Start()
    {
        _stop = new CancellationTokenSource();
        _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
        _changes.Writer.TryWrite(true);
        _ = PumpAsync(_changes, _stop.Token);
    }

    private void Leave(Channel<T> channel)
    {
        lock (_gate)
        {
            if (!_watchers.Remove(channel))
                return;
            channel.Writer.TryComplete();
            if (_watchers.Count > 0)
                return;
            _stop?.Cancel();
            _stop?.Dispose();
            _stop = null;
            _changes = null;
            _latest = default;
            CaughtUp();
        }
    }

    private async Task PumpAsync(Channel<bool> changes, CancellationToken cancellationToken)
    {
        try
        {
            while (await changes.Reader.WaitToReadAsync(cancellationToken))
            {
                changes.Reader.TryRead(out _);
                await Task.Delay(await PublishAsync(changes, cancellationToken) ? pause : RetryAfter, clock, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Nobody watches any more.
        }
    }

    private async Task<bool> PublishAsync(Channel<bool> changes, CancellationToken cancellationToken)
    {
        T value;
        try
        {
            value = await read(cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The watchers keep what they have, see that it is not live, and get the next value that can be read.
            LogUnreadable(logger, error, typeof(T).Name);
            lock (_gate)
            {
                if (_changes == changes)
                {
                    var waiting = DatabaseFaults.IsAway(error) ? connection.Unanswered() : connection.CatchUp();
                    CaughtUp();
                    _behind = waiting;
                }
            }

            changes.Writer.TryWrite(true);
            return false;
        }

        lock (_gate)
        {
            // Another pump may have taken over since.
            if (_changes != changes)
                return true;
            _latest = (true, value);
            foreach (var watcher in _watchers)
                watcher.Writer.TryWrite(value);
            CaughtUp();
        }

        return true;
    }

    private void CaughtUp()
    {
        _behind?.Dispose();
        _behind = null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Value} could not be reread; trying again.")]
    private static partial void LogUnreadable(ILogger logger, Exception error, string value);
}

/// <summary>A reader's place at a live value. Disposing it ends the reader's stream.</summary>
public sealed class Subscription<T>(ChannelReader<T> values, Action leave) : IDisposable
{
    public ChannelReader<T> Values => values;

    public void Dispose() => leave();
}
