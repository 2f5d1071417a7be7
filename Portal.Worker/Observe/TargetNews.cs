using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Worker.Observe;

/// <summary>
/// What CloudFormation has told of a target's stacks and nobody has read yet: each stack once, however often it was told. Nothing depends on
/// it but how soon something is read; while it tells, the target is polled more slowly.
/// </summary>
internal sealed partial class TargetNews(AwsTarget target, IStackNews source, TimeProvider clock, ILogger logger)
{
    // Long enough for nothing to be lost by them, short enough for a queue that was mended to be noticed.
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    // What is polled before its event has come was not lost: events take their way.
    private static readonly TimeSpan OnItsWay = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly Channel<bool> _arrived = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly Dictionary<string, bool> _unread = new(StringComparer.Ordinal);

    /// <summary>Readable when there is something to <see cref="Take"/>.</summary>
    public ChannelReader<bool> Arrived => _arrived.Reader;

    /// <summary>Whether changes are told of before they are polled.</summary>
    public bool IsTelling { get; private set; }

    /// <summary>Listens for as long as the target is observed. A queue that does not answer is no trouble of the target: polling goes on.</summary>
    public async Task ListenAsync(CancellationToken cancellationToken)
    {
        if (target.EventQueue is null)
            await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancellationToken);
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await foreach (var news in source.ListenAsync(target, cancellationToken))
                {
                    Hear(news);
                    pause = FirstPause / 2;
                }
            }
            catch (StepFailedException error)
            {
                IsTelling = false;
                LogDeaf(logger, target.Name, error.Failure.Message);
            }

            await Task.Delay(pause, clock, cancellationToken);
        }
    }

    /// <summary>The stacks to read, those that have come to another state first.</summary>
    public IReadOnlyList<StackNews> Take()
    {
        lock (_gate)
        {
            var taken = _unread.Select(pair => new StackNews(pair.Key, pair.Value)).OrderByDescending(news => news.ChangesStack).ToList();
            _unread.Clear();
            return taken;
        }
    }

    /// <summary>A poll was the first to see something that happened then: nothing was told of it, and nothing may be told of the next.</summary>
    public void Missed(DateTimeOffset? at)
    {
        if (clock.GetUtcNow() - at > OnItsWay)
            IsTelling = false;
    }

    private void Hear(StackNews news)
    {
        lock (_gate)
        {
            _unread[news.StackId] = news.ChangesStack || _unread.GetValueOrDefault(news.StackId);
            IsTelling = true;
        }

        _arrived.Writer.TryWrite(true);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The events of target {Target} cannot be heard: {Reason} It is polled.")]
    private static partial void LogDeaf(ILogger logger, string target, string reason);
}
