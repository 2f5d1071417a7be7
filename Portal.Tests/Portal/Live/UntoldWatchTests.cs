using Microsoft.Extensions.Logging.Abstractions;
using Portal.Core.Environments;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Live;

public sealed class UntoldWatchTests : IAsyncLifetime
{
    private static readonly Guid Id = Guid.Parse("0193c5b0-0000-7000-8000-000000000001");

    // Two, so that a test knows which of the loops waits.
    private readonly ManualClock _clock = new();
    private readonly ManualClock _pages = new();
    private readonly EnvironmentFeed _environments;
    private readonly OverviewFeed _overview;
    private readonly UntoldWatch _watch;
    private readonly HashSet<Guid> _unseen = [];
    private long _revision = 1;
    private int _reads;
    private (IReadOnlyCollection<Guid> Watched, bool All) _asked;

    public UntoldWatchTests()
    {
        var connection = new LiveConnection(_pages);
        _environments = new EnvironmentFeed(ReadAsync, connection, _pages, NullLogger<EnvironmentFeed>.Instance);
        _overview = new OverviewFeed(_ => Task.FromResult(0), connection, _pages, NullLogger<OverviewFeed>.Instance);
        _watch = new UntoldWatch(ReadUntoldAsync, _environments, _overview, _clock, NullLogger<UntoldWatch>.Instance);
    }

    public Task InitializeAsync() => _watch.StartAsync(default);

    public async Task DisposeAsync()
    {
        await _watch.StopAsync(default);
        _watch.Dispose();
    }

    [Fact]
    public async Task Watch_WorkersGoAndComeBack_TellsThePagesOfEachChangeOnce()
    {
        using var watch = await WatchedAsync();

        _unseen.Add(Id);
        await LookAsync();
        await RereadAsync(watch);
        await LookAsync();
        _unseen.Clear();
        await LookAsync();
        await RereadAsync(watch);

        _reads.ShouldBe(3);
    }

    [Fact]
    public async Task Watch_ChangeThatNobodyToldOf_IsReadOnce()
    {
        using var watch = await WatchedAsync();

        _revision = 2;
        await LookAsync();
        (await RereadAsync(watch)).Environment.Revision.ShouldBe(2);
        await LookAsync();

        _pages.Move(EnvironmentFeed.Pause);
        _reads.ShouldBe(2);
    }

    [Fact]
    public async Task Watch_AnyChangeThatNobodyToldOf_IsABeatOfTheLists()
    {
        using var lists = _overview.WatchChanges();
        var first = await NextAsync(lists);
        await _pages.SomebodyWaitsAsync();
        await LookAsync();
        _pages.Move(OverviewFeed.Pause);
        (await NextAsync(lists)).ShouldBe(first + 1);
        await _pages.SomebodyWaitsAsync();

        await LookAsync();
        _revision = 2;
        await LookAsync();
        _pages.Move(OverviewFeed.Pause);

        (await NextAsync(lists)).ShouldBe(first + 2);
        await _pages.SomebodyWaitsAsync();
        _pages.Move(OverviewFeed.Pause);
        lists.Values.TryRead(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Watch_NobodyLooks_AsksOnlyWhatIsNotSeen()
    {
        await LookAsync();

        (_asked.Watched.Count, _asked.All).ShouldBe((0, false));
        _reads.ShouldBe(0);
    }

    private async Task<Subscription<EnvironmentSnapshot?>> WatchedAsync()
    {
        var watch = _environments.Watch(Id);
        await NextAsync(watch);
        await _pages.SomebodyWaitsAsync();
        return watch;
    }

    /// <summary>Completes when the watch has looked once more.</summary>
    private async Task LookAsync()
    {
        await _clock.SomebodyWaitsAsync();
        _clock.Move(UntoldWatch.Every);
        await _clock.SomebodyWaitsAsync();
    }

    private async Task<EnvironmentSnapshot> RereadAsync(Subscription<EnvironmentSnapshot?> watch)
    {
        _pages.Move(EnvironmentFeed.Pause);
        var snapshot = await NextAsync(watch);
        await _pages.SomebodyWaitsAsync();
        return snapshot!;
    }

    private Task<EnvironmentSnapshot?> ReadAsync(Guid id, CancellationToken cancellationToken)
    {
        _reads++;
        return Task.FromResult<EnvironmentSnapshot?>(Samples.Snapshot(DateTimeOffset.UnixEpoch) with { Environment = Samples.Environment(0, _revision) });
    }

    private Task<Untold> ReadUntoldAsync(IReadOnlyCollection<Guid> watched, bool all, CancellationToken cancellationToken)
    {
        _asked = (watched, all);
        return Task.FromResult(new Untold(_unseen.ToHashSet(), watched.ToDictionary(id => id, _ => _revision), all ? _revision : null));
    }

    private static async Task<T> NextAsync<T>(Subscription<T> watch) => await watch.Values.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
}
