using Microsoft.Extensions.Logging.Abstractions;
using Portal.Core.Environments;
using Portal.Core.Persistence;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Live;

public sealed class EnvironmentFeedTests
{
    private static readonly Guid Id = Guid.Parse("0193c5b0-0000-7000-8000-000000000001");

    private readonly ManualClock _clock = new();
    private readonly LiveConnection _connection;
    private readonly EnvironmentFeed _feed;
    private readonly Queue<Exception> _faults = new();
    private readonly EnvironmentSnapshot _sample = Samples.Snapshot(DateTimeOffset.UnixEpoch);
    private int _reads;
    private long _lastEvent = 1;
    private long? _revision;

    public EnvironmentFeedTests()
    {
        _connection = new LiveConnection(_clock);
        _connection.Connected();
        _feed = new EnvironmentFeed(ReadAsync, _connection, _clock, NullLogger<EnvironmentFeed>.Instance);
    }

    [Fact]
    public async Task Watch_First_GetsTheEnvironmentAsItIs()
    {
        using var watch = _feed.Watch(Id);

        (await NumberAsync(watch)).ShouldBe(1);
    }

    [Fact]
    public async Task Watch_ManyAtOnce_ReadOnceAndShareTheSnapshot()
    {
        using var first = _feed.Watch(Id);
        var snapshot = await NextAsync(first);

        var others = Enumerable.Range(0, 20).Select(_ => _feed.Watch(Id)).ToList();

        foreach (var other in others)
        {
            (await NextAsync(other)).ShouldBeSameAs(snapshot);
            other.Dispose();
        }

        _reads.ShouldBe(1);
    }

    [Fact]
    public async Task Notified_ABurstWithinThePause_IsOneReread()
    {
        using var watch = _feed.Watch(Id);
        await NextAsync(watch);
        await _clock.SomebodyWaitsAsync();

        for (var number = 2; number <= 40; number++)
            Happen(number);
        _clock.Move(EnvironmentFeed.Pause);

        (await NumberAsync(watch)).ShouldBe(40);
        await _clock.SomebodyWaitsAsync();
        _clock.Move(EnvironmentFeed.Pause);
        _reads.ShouldBe(2);
    }

    [Fact]
    public async Task Notified_OfARevisionThatWasReadAlready_ReadsNothing()
    {
        _lastEvent = 7;
        using var watch = _feed.Watch(Id);
        await NextAsync(watch);
        await _clock.SomebodyWaitsAsync();
        _clock.Move(EnvironmentFeed.Pause);

        _feed.Notified(Channels.Event, $"{Id}:6");
        _feed.Notified(Channels.Event, $"{Id}:7");
        Happen(8);

        (await NumberAsync(watch)).ShouldBe(8);
        _reads.ShouldBe(2);
    }

    [Fact]
    public async Task Notified_OfAChangeThatIsNoEvent_Rereads()
    {
        (_lastEvent, _revision) = (7, 9);
        using var watch = _feed.Watch(Id);
        await NextAsync(watch);
        await _clock.SomebodyWaitsAsync();

        _feed.Notified(Channels.Event, $"{Id}:10");
        _clock.Move(EnvironmentFeed.Pause);

        (await NumberAsync(watch)).ShouldBe(7);
        _reads.ShouldBe(2);
    }

    [Fact]
    public void Notified_NobodyWatches_ReadsNothing()
    {
        Happen(2);
        _feed.Notified(Channels.Event, "not a payload");
        _feed.Connected();

        _reads.ShouldBe(0);
    }

    [Fact]
    public async Task Watch_SlowReader_GetsTheNewestOnly()
    {
        using var slow = _feed.Watch(Id);
        using var quick = _feed.Watch(Id);
        await NextAsync(quick);
        for (var number = 2; number <= 4; number++)
        {
            await _clock.SomebodyWaitsAsync();
            Happen(number);
            _clock.Move(EnvironmentFeed.Pause);
            (await NumberAsync(quick)).ShouldBe(number);
        }

        (await NumberAsync(slow)).ShouldBe(4);
        slow.Values.TryRead(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Connected_Again_RereadsWhatIsWatchedAndSaysSoMeanwhile()
    {
        using var watch = _feed.Watch(Id);
        await NextAsync(watch);
        await _clock.SomebodyWaitsAsync();
        _connection.Disconnected();
        _connection.Status.State.ShouldBe(LiveState.Disconnected);
        _lastEvent = 9;

        _feed.Connected();
        _connection.Connected();

        _connection.Status.State.ShouldBe(LiveState.CatchingUp);
        _clock.Move(EnvironmentFeed.Pause);
        (await NumberAsync(watch)).ShouldBe(9);
        await _clock.SomebodyWaitsAsync();
        _connection.Status.State.ShouldBe(LiveState.Live);
    }

    [Fact]
    public async Task Read_Fails_IsTriedAgainAndMeanwhileNotCalledLive()
    {
        _faults.Enqueue(new TimeoutException("Postgres is away"));
        using var watch = _feed.Watch(Id);
        await _clock.SomebodyWaitsAsync();
        _connection.Status.State.ShouldBe(LiveState.CatchingUp);
        _connection.Status.AwaySince.ShouldBe(_clock.GetUtcNow());

        _clock.Move(TimeSpan.FromSeconds(1));

        (await NumberAsync(watch)).ShouldBe(1);
        await _clock.SomebodyWaitsAsync();
        _connection.Status.State.ShouldBe(LiveState.Live);
    }

    [Fact]
    public async Task Dispose_LastWatcher_EndsTheStreamAndForgetsTheEnvironment()
    {
        var one = _feed.Watch(Id);
        var other = _feed.Watch(Id);
        await NextAsync(one);
        one.Dispose();
        _feed.Watched.ShouldBe([Id]);

        other.Dispose();
        other.Dispose();

        _feed.Watched.ShouldBeEmpty();
        await one.Values.Completion.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
        Happen(2);
        _reads.ShouldBe(1);
    }

    private void Happen(long number)
    {
        _lastEvent = number;
        _feed.Notified(Channels.Event, $"{Id}:{number}");
    }

    private Task<EnvironmentSnapshot?> ReadAsync(Guid id, CancellationToken cancellationToken)
    {
        if (_faults.TryDequeue(out var fault))
            return Task.FromException<EnvironmentSnapshot?>(fault);
        _reads++;
        return Task.FromResult<EnvironmentSnapshot?>(_sample with { Environment = Samples.Environment(_lastEvent, _revision) });
    }

    private static async Task<EnvironmentSnapshot?> NextAsync(Subscription<EnvironmentSnapshot?> watch) =>
        await watch.Values.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);

    private static async Task<long> NumberAsync(Subscription<EnvironmentSnapshot?> watch) => (await NextAsync(watch))!.Environment.LastEvent;
}
