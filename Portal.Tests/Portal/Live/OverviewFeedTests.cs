using Microsoft.Extensions.Logging.Abstractions;
using Portal.Core.Persistence;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Live;

public sealed class OverviewFeedTests
{
    private readonly ManualClock _clock = new();
    private readonly OverviewFeed _feed;
    private int _counts;
    private int _waiting = 3;

    public OverviewFeedTests() => _feed = new OverviewFeed(
        _ =>
        {
            _counts++;
            return Task.FromResult(_waiting);
        },
        new LiveConnection(_clock), _clock, NullLogger<OverviewFeed>.Instance);

    [Fact]
    public async Task WatchWaiting_RequestDecided_IsCountedOnceForEverybody()
    {
        using var one = _feed.WatchWaiting();
        using var other = _feed.WatchWaiting();
        (await NextAsync(one), await NextAsync(other)).ShouldBe((3, 3));
        await _clock.SomebodyWaitsAsync();

        _waiting = 2;
        _feed.Notified(Channels.Request, "any");
        _feed.Notified(Channels.Request, "any");
        _clock.Move(OverviewFeed.Pause);

        (await NextAsync(one), await NextAsync(other)).ShouldBe((2, 2));
        _counts.ShouldBe(2);
    }

    [Fact]
    public async Task WatchChanges_ManyEvents_BeatsOnceAPause()
    {
        using var watch = _feed.WatchChanges();
        var first = await NextAsync(watch);
        await _clock.SomebodyWaitsAsync();

        for (var count = 0; count < 100; count++)
            _feed.Notified(Channels.Event, "any");
        _clock.Move(OverviewFeed.Pause);

        (await NextAsync(watch)).ShouldBe(first + 1);
        _counts.ShouldBe(0);
    }

    private static async Task<T> NextAsync<T>(Subscription<T> watch) =>
        await watch.Values.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
}
