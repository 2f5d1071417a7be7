using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Portal.Core.Persistence;

/// <summary>Tells everybody who listens which environments have changed, all in one statement.</summary>
public delegate Task SendChanges(IReadOnlyDictionary<Guid, long> revisions, CancellationToken cancellationToken);

/// <summary>
/// Says on <see cref="Channels.Event"/> what has been committed. A NOTIFY inside of the transactions would have all commits of the database wait
/// for each other: Postgres holds one lock from it to the end of the commit. So the process marks what changed and sends it here: the
/// first mark at once, those that come while it sends, and for a moment after it, together. Whoever listens looks by itself for what a
/// process left unsaid that died in between.
/// </summary>
public sealed partial class Announcer(SendChanges send, TimeProvider clock, ILogger<Announcer> logger) : IHostedService, IAsyncDisposable
{
    /// <summary>Twenty statements a second at most, as many as a page rereads.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>While the database is away.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private Dictionary<Guid, long> _marked = [];
    private Task _sending = Task.CompletedTask;
    private bool _isSending;
    private bool _isDisposed;

    /// <summary>Marks what was committed; returns at once. There are never more marks than environments.</summary>
    /// <param name="revisions">The revision that each environment has since.</param>
    internal void Tell(IReadOnlyDictionary<Guid, long> revisions)
    {
        if (revisions.Count == 0)
            return;
        lock (_gate)
        {
            Mark(revisions);
            if (_isSending)
                return;
            _isSending = true;
            // What is ambient where somebody marks, a transaction say, is nothing to do with sending.
            using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
                _sending = Task.Run(SendAsync);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Sends what is marked before the process ends; what cannot be sent now is left unsaid.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Task sending;
        lock (_gate)
            sending = _sending;
        await _stopping.CancelAsync();
        await sending.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Where there is no host that would stop it.</summary>
    public async ValueTask DisposeAsync()
    {
        // The container does it once for each service that it is registered as.
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;
        await StopAsync(CancellationToken.None);
        _stopping.Dispose();
    }

    private void Mark(IReadOnlyDictionary<Guid, long> revisions)
    {
        foreach (var (environment, revision) in revisions)
            _marked[environment] = Math.Max(revision, _marked.GetValueOrDefault(environment));
    }

    private async Task SendAsync()
    {
        var failed = false;
        while (Take() is { } marks)
        {
            try
            {
                await send(marks, CancellationToken.None);
                failed = false;
            }
            catch (Exception error)
            {
                // Whatever it is: nobody would be told of anything any more if this ended.
                if (!failed)
                    LogFailed(error.Message);
                failed = true;
                if (!_stopping.IsCancellationRequested)
                    PutBack(marks);
            }

            await Task.Delay(failed ? RetryAfter : Pause, clock, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>Null where nothing is marked: the next mark begins anew.</returns>
    private Dictionary<Guid, long>? Take()
    {
        lock (_gate)
        {
            _isSending = _marked.Count > 0;
            if (!_isSending)
                return null;
            var marks = _marked;
            _marked = [];
            return marks;
        }
    }

    private void PutBack(Dictionary<Guid, long> marks)
    {
        lock (_gate)
            Mark(marks);
    }

    [LoggerMessage(LogLevel.Warning, "What has changed could not be told to those who listen ({Reason}); trying again.")]
    private partial void LogFailed(string reason);
}
