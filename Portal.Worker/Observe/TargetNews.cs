using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Worker.Observe;

/// <summary>What was told of one stack since it was last asked for.</summary>
/// <param name="Changes">Whether the stack itself has come to another state, or more was told than was kept: it has to be looked at.</param>
internal sealed record ToldStack(string StackId, bool Changes, IReadOnlyList<ToldResource> Resources);

/// <summary>
/// What CloudFormation has told of a target's stacks and nobody has taken in yet. Nothing depends on it but how soon something is known;
/// while it tells, the target is read more rarely.
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
    // Of one stack: an event of each of its resources, and more than one account has stacks that move.
    private const int MostOfAStack = 500;

    private readonly Dictionary<string, (bool Changes, List<ToldResource> Resources)> _unread = new(StringComparer.Ordinal);

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

    /// <summary>What was told, stacks that have come to another state first.</summary>
    public IReadOnlyList<ToldStack> Take()
    {
        lock (_gate)
        {
            var taken = _unread.Select(pair => new ToldStack(pair.Key, pair.Value.Changes, pair.Value.Resources)).OrderByDescending(stack => stack.Changes).ToList();
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
            var (changes, resources) = _unread.GetValueOrDefault(news.StackId, (false, []));
            if (news.Resource is { } resource && resources.Count < MostOfAStack)
                resources.Add(resource);
            _unread[news.StackId] = (changes || news.ChangesStack || resources.Count == MostOfAStack, resources);
            IsTelling = true;
        }

        _arrived.Writer.TryWrite(true);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The events of target {Target} cannot be heard: {Reason} It is polled.")]
    private static partial void LogDeaf(ILogger logger, string target, string reason);
}
