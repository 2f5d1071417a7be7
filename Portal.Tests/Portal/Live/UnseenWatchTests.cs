using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Portal.Core.Persistence;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Live;

public sealed class UnseenWatchTests
{
    [Fact]
    public async Task Watch_WorkersGoAndComeBack_TellsThePagesOfEachChangeOnce()
    {
        var environment = Guid.NewGuid();
        var unseen = new HashSet<Guid>();
        var clock = new ManualClock();
        var pages = new Pages();
        using var watch = new UnseenWatch(_ => Task.FromResult<IReadOnlySet<Guid>>(unseen.ToHashSet()), [pages], clock, NullLogger<UnseenWatch>.Instance);
        await watch.StartAsync(default);
        await clock.SomebodyWaitsAsync();

        unseen.Add(environment);
        clock.Move(TimeSpan.FromSeconds(3));
        (await pages.Told.Reader.ReadAsync()).ShouldBe($"{environment}:0");
        await clock.SomebodyWaitsAsync();
        clock.Move(TimeSpan.FromSeconds(3));
        await clock.SomebodyWaitsAsync();
        unseen.Clear();
        clock.Move(TimeSpan.FromSeconds(3));

        (await pages.Told.Reader.ReadAsync()).ShouldBe($"{environment}:0");
        pages.Told.Reader.TryRead(out _).ShouldBeFalse();
        await watch.StopAsync(default);
    }

    private sealed class Pages : INotificationHandler
    {
        public Channel<string> Told { get; } = Channel.CreateUnbounded<string>();

        public IReadOnlyCollection<string> Channels { get; } = [Portal.Core.Persistence.Channels.Event];

        public void Notified(string channel, string payload) => Told.Writer.TryWrite(payload);

        public void Connected()
        {
        }

        public void Disconnected()
        {
        }
    }
}
