using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Persistence;

public sealed class AnnouncerTests
{
    private static readonly Guid One = Guid.Parse("0193c5b0-0000-7000-8000-000000000001");
    private static readonly Guid Other = Guid.Parse("0193c5b0-0000-7000-8000-000000000002");

    private readonly ManualClock _clock = new();
    private readonly Channel<IReadOnlyDictionary<Guid, long>> _sent = Channel.CreateUnbounded<IReadOnlyDictionary<Guid, long>>();
    private readonly Announcer _announcer;
    private Func<Task> _meanwhile = () => Task.CompletedTask;

    public AnnouncerTests() => _announcer = new Announcer(SendAsync, _clock, NullLogger<Announcer>.Instance);

    [Fact]
    public async Task Tell_First_IsSentAtOnce()
    {
        Tell(One, 1);

        (await SentAsync()).ShouldBe([(One, 1)]);
    }

    [Fact]
    public async Task Tell_WhileItSendsAndShortlyAfter_IsSentTogetherWithTheNewestRevisionOfEach()
    {
        var (reached, held) = (new TaskCompletionSource(), new TaskCompletionSource());
        _meanwhile = () =>
        {
            reached.SetResult();
            return held.Task;
        };
        Tell(One, 1);
        await reached.Task;
        Tell(One, 2);
        Tell(Other, 7);
        _meanwhile = () => Task.CompletedTask;
        held.SetResult();
        (await SentAsync()).ShouldBe([(One, 1)]);
        await _clock.SomebodyWaitsAsync();
        // Who commits later may be heard earlier.
        Tell(One, 4);
        Tell(One, 3);
        _sent.Reader.TryRead(out _).ShouldBeFalse();

        _clock.Move(Announcer.Pause);

        (await SentAsync()).ShouldBe([(One, 4), (Other, 7)]);
        await _clock.SomebodyWaitsAsync();
        _clock.Move(Announcer.Pause);
        Tell(One, 5);
        (await SentAsync()).ShouldBe([(One, 5)]);
    }

    [Fact]
    public async Task Tell_DatabaseAway_KeepsTheMarksAndTriesAgain()
    {
        _meanwhile = () => Task.FromException(new NpgsqlException("Away."));
        Tell(One, 1);
        Tell(Other, 1);
        await _clock.SomebodyWaitsAsync();
        Tell(One, 2);
        _meanwhile = () => Task.CompletedTask;

        _clock.Move(Announcer.RetryAfter);

        (await SentAsync()).ShouldBe([(One, 2), (Other, 1)]);
    }

    [Fact]
    public async Task Stop_SendsWhatIsMarkedWithoutWaiting()
    {
        Tell(One, 1);
        await SentAsync();
        await _clock.SomebodyWaitsAsync();
        Tell(Other, 2);

        await _announcer.StopAsync(default);

        (await SentAsync()).ShouldBe([(Other, 2)]);
    }

    [Fact]
    public async Task Stop_DatabaseAway_Ends()
    {
        _meanwhile = () => Task.FromException(new NpgsqlException("Away."));
        Tell(One, 1);
        await _clock.SomebodyWaitsAsync();

        await _announcer.StopAsync(default).WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);

        _sent.Reader.TryRead(out _).ShouldBeFalse();
    }

    private void Tell(Guid environment, long revision) => _announcer.Tell(new Dictionary<Guid, long> { [environment] = revision });

    private async Task<IEnumerable<(Guid, long)>> SentAsync() =>
        (await _sent.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System)).Select(mark => (mark.Key, mark.Value)).Order();

    private async Task SendAsync(IReadOnlyDictionary<Guid, long> revisions, CancellationToken cancellationToken)
    {
        await _meanwhile();
        _sent.Writer.TryWrite(revisions);
    }
}
