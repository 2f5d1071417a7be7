using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Portal.Core.Persistence;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Live;

public sealed class NoticeFeedTests
{
    private readonly ManualClock _clock = new();
    private readonly Dictionary<string, int> _unread = new(StringComparer.Ordinal) { ["ada"] = 1, ["grace"] = 5 };
    private readonly ConcurrentQueue<string> _asked = [];
    private readonly NoticeFeed _feed;

    public NoticeFeedTests() => _feed = new NoticeFeed(
        (subject, _) =>
        {
            _asked.Enqueue(subject);
            return Task.FromResult(_unread[subject]);
        }, new LiveConnection(_clock), _clock, NullLogger<NoticeFeed>.Instance);

    [Fact]
    public async Task Notified_OfOnePerson_RereadsForThemAlone()
    {
        using var ada = _feed.Watch("ada");
        using var grace = _feed.Watch("grace");
        (await ada.Values.ReadAsync()).ShouldBe(1);
        (await grace.Values.ReadAsync()).ShouldBe(5);

        _unread["ada"] = 2;
        _feed.Notified(Channels.Notice, "ada");
        (await NextAsync(ada)).ShouldBe(2);
        _asked.Count(subject => subject == "grace").ShouldBe(1);
    }

    [Fact]
    public async Task Notified_OfMany_RereadsForEverybody()
    {
        using var ada = _feed.Watch("ada");
        using var again = _feed.Watch("ada");
        (await ada.Values.ReadAsync()).ShouldBe(1);

        _unread["ada"] = 3;
        _feed.Notified(Channels.Notice, "");
        (await NextAsync(ada)).ShouldBe(3);
        _asked.Count.ShouldBe(2, "once for all of a person's pages");
    }

    private async Task<int> NextAsync(Subscription<int> watch)
    {
        var next = watch.Values.ReadAsync().AsTask();
        while (await Task.WhenAny(next, _clock.SomebodyWaitsAsync()) != next)
            _clock.Move(NoticeFeed.Pause);
        return await next;
    }
}
