using System.Threading.Channels;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Portal.Core;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Observe;

namespace Portal.Tests.Worker.Observe;

/// <summary>What is told is written as it comes; what stands in the database in the end is what the stacks' own events say, said once.</summary>
public sealed class ToldStacksTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static readonly PollPace s_pace = PollPace.Of(1);
    private static int s_numbers;

    private readonly ManualClock _clock = new();
    private ServiceProvider _services = null!;
    private FakeStacks _stacks = null!;
    private TargetObserver _observer = null!;
    private ObserverClaim _claim = null!;
    private ObservedEnvironment _environment = null!;

    public async Task InitializeAsync()
    {
        _services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddPortalCore(null).AddPortalDatabase(postgres.ConnectionString).BuildServiceProvider();
        await using var database = await _services.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync();
        if (!await database.Targets.AnyAsync())
        {
            database.Add(new TargetRow { Name = Samples.Target.Name, AccountId = "000000000000", Region = Samples.Target.Region, ApiAccessCidrs = "0.0.0.0/0" });
            await database.SaveChangesAsync();
        }

        await BeginAsync();
    }

    /// <summary>A list has pages of a hundred; one stack in an account of many is read by itself.</summary>
    [Fact]
    public async Task TakeIn_EndOfAStackAmongMany_ReadsThatOneAndNoOther()
    {
        for (var number = 0; number < 100; number++)
            _stacks.Add($"somebody-{number}", Guid.NewGuid(), "theirs");
        var (told, other) = (_stacks.Add("iam", _environment.Id, "iam"), _stacks.Add("net-core", _environment.Id, "net-core"));
        await PollAsync(isTold: true);
        _stacks.Resource(told, "Role", "CREATE_COMPLETE");
        _stacks.Resource(other, "Vpc", "CREATE_COMPLETE");

        await TakeInAsync(_stacks.Stack(told, "CREATE_COMPLETE"));

        (_stacks.Lists, _stacks.Finds.Single(), _stacks.EventReads.Single()).ShouldBe((1, told, told));
        (await StateAsync()).Resources.ShouldBe(["iam Role CREATE_COMPLETE"]);
        (await StateAsync()).Stacks.ShouldBe(["iam CREATE_COMPLETE", "net-core CREATE_IN_PROGRESS"]);
    }

    [Fact]
    public async Task TakeIn_EndsOfAsManyStacksAsAListHasPages_ReadsTheList()
    {
        var ids = new[] { "iam", "net-core", "cluster" }.Select(name => _stacks.Add(name, _environment.Id, name)).ToList();

        await TakeInAsync([.. ids.Select(id => _stacks.Stack(id, "CREATE_COMPLETE"))]);

        (_stacks.Lists, _stacks.Finds.Count).ShouldBe((1, 0));
        (await StateAsync()).Stacks.ShouldBe(["cluster CREATE_COMPLETE", "iam CREATE_COMPLETE", "net-core CREATE_COMPLETE"]);
    }

    /// <summary>From the call that made it to its end: one look at it, and one at its events.</summary>
    [Fact]
    public async Task TakeIn_StackThatAStepHasAskedFor_IsReadAtItsEndOnly()
    {
        var id = _stacks.Add("iam", _environment.Id, "iam");
        await ExpectAsync(id, "CREATE_IN_PROGRESS");
        await TakeInAsync(_stacks.Resource(id, "Role", "CREATE_IN_PROGRESS"));
        await TakeInAsync(_stacks.Resource(id, "Role", "CREATE_COMPLETE"));
        (_stacks.Lists, _stacks.Finds.Count, _stacks.EventReads.Count).ShouldBe((0, 0, 0));
        (await StateAsync()).Resources.ShouldBe(["iam Role CREATE_COMPLETE"]);
        (await StateAsync()).Events.ShouldBe(["SSM parameter Role ready"]);

        await TakeInAsync(_stacks.Stack(id, "CREATE_COMPLETE"));

        (_stacks.Lists, _stacks.Finds.Count, _stacks.EventReads.Count).ShouldBe((1, 0, 1));
        (await StateAsync()).Events.ShouldBe(["SSM parameter Role ready"]);
        (await StateAsync()).Stacks.ShouldBe(["iam CREATE_COMPLETE"]);
    }

    [Fact]
    public async Task TakeIn_AfterAnotherWorkerHasTakenOver_SaysNothingAgain()
    {
        var id = _stacks.Add("iam", _environment.Id, "iam");
        await ExpectAsync(id, "CREATE_IN_PROGRESS");
        var news = _stacks.Resource(id, "Role", "CREATE_COMPLETE");
        await TakeInAsync(news);

        await ObserveAsync();
        await TakeInAsync(news);
        await TakeInAsync(_stacks.Stack(id, "CREATE_COMPLETE"));

        (await StateAsync()).Events.ShouldBe(["SSM parameter Role ready"]);
    }

    /// <summary>An event of a resource that was replaced comes under the name of its successor.</summary>
    [Fact]
    public async Task Poll_ResourceThatWasReplaced_IsItsSuccessor()
    {
        var id = _stacks.Add("iam", _environment.Id, "iam");
        _stacks.Resource(id, "Role", "CREATE_COMPLETE", "old");
        _stacks.Stack(id, "CREATE_COMPLETE");
        await PollAsync();
        _clock.Move(TimeSpan.FromSeconds(1));
        _stacks.Stack(id, "UPDATE_IN_PROGRESS");
        _stacks.Resource(id, "Role", "UPDATE_COMPLETE", "new");
        _stacks.Resource(id, "Role", "DELETE_IN_PROGRESS", "old");
        _stacks.Resource(id, "Role", "DELETE_COMPLETE", "old");
        _stacks.Stack(id, "UPDATE_COMPLETE");

        await PollAsync();

        (await StateAsync()).Resources.ShouldBe(["iam Role UPDATE_COMPLETE"]);
    }

    /// <summary>A step was slower to say what it has asked for than the stack was to get there.</summary>
    [Fact]
    public async Task CatchUp_AskedForAfterItWasSeen_IsLookedAtOnceMore()
    {
        var id = _stacks.Add("iam", _environment.Id, "iam");
        _stacks.Stack(id, "CREATE_COMPLETE");
        await PollAsync();
        _clock.Move(TimeSpan.FromSeconds(1));
        await ExpectAsync(id, "CREATE_IN_PROGRESS");
        _clock.Move(TimeSpan.FromSeconds(1));

        await _observer.CatchUpAsync([_environment], CancellationToken.None);

        (await StateAsync()).Stacks.ShouldBe(["iam CREATE_COMPLETE"]);
        (_stacks.Lists, _stacks.Finds.Count).ShouldBe((1, 1));
    }

    [Fact]
    public async Task Poll_StackThatMoves_ReadsItsEventsAtAPaceAndNotWhileTheyAreTold()
    {
        _stacks.Add("iam", _environment.Id, "iam");
        await PollAsync(isTold: false);
        await PollAsync(isTold: false);
        _stacks.EventReads.Count.ShouldBe(1, "it was read a moment ago");
        _clock.Move(s_pace.Events);
        await PollAsync(isTold: true);
        _stacks.EventReads.Count.ShouldBe(1, "it is told of");
        await PollAsync(isTold: false);
        _stacks.EventReads.Count.ShouldBe(2);
        _clock.Move(s_pace.Silence);
        await PollAsync(isTold: true);
        _stacks.EventReads.Count.ShouldBe(3, "nothing was told for long");
    }

    /// <summary>Nobody tells of load balancers; whoever waits for one has them looked at, and nothing else.</summary>
    [Fact]
    public async Task Rounds_LoadBalancerIsAwaited_ListsThoseAndNotTheStacks()
    {
        _environment = _environment with { AwaitsUntold = true };
        var balancers = new NoLoadBalancers();
        using var stop = new CancellationTokenSource();

        var rounds = await RoundsAsync(balancers, stop.Token);
        for (var round = 0; round < 5; round++)
        {
            await _clock.SomebodyWaitsAsync();
            _clock.Move(s_pace.Quick);
        }

        await _clock.SomebodyWaitsAsync();
        (balancers.Lists, _stacks.Lists).ShouldBe((6, 1));
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(rounds);
    }

    [Fact]
    public async Task Rounds_ListIsThrottled_ComesTwiceAsLateEachTime()
    {
        _stacks.Refusal = new StepFailedException(new Failure("cfn_throttled", "Patience.", CanRetry: true) { IsThrottling = true });
        using var stop = new CancellationTokenSource();

        var rounds = await RoundsAsync(new NoLoadBalancers(), stop.Token);
        var lists = new List<int>();
        for (var round = 0; round < 7; round++)
        {
            await _clock.SomebodyWaitsAsync();
            lists.Add(_stacks.Lists);
            _clock.Move(s_pace.Quick);
        }

        lists.ShouldBe([1, 1, 2, 2, 2, 2, 3]);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(rounds);
    }

    [Fact]
    public async Task Read_StackThatIsGone_IsWrittenAsGone()
    {
        var id = _stacks.Add("iam", _environment.Id, "iam");
        _stacks.Resource(id, "Role", "CREATE_COMPLETE");
        await PollAsync();

        await TakeInAsync(_stacks.Stack(id, "DELETE_COMPLETE"));

        (await StateAsync()).Stacks.ShouldBe(["iam DELETE_COMPLETE"]);
    }

    /// <summary>A whole update between two looks, to the state that was there before, and nothing of it was told.</summary>
    [Fact]
    public async Task Poll_UpdateThatPassedUnseen_ReadsItsEvents()
    {
        var id = _stacks.Add("iam", _environment.Id, "iam");
        _stacks.Stack(id, "UPDATE_COMPLETE");
        await PollAsync();
        _clock.Move(TimeSpan.FromSeconds(1));
        _stacks.Stack(id, "UPDATE_IN_PROGRESS");
        _stacks.Resource(id, "Role", "UPDATE_COMPLETE");
        _stacks.Stack(id, "UPDATE_COMPLETE");

        await PollAsync();

        (await StateAsync()).Events.ShouldBe(["SSM parameter Role updated"]);
        _observer.FoundByPolling.ShouldNotBeNull();
    }

    /// <summary>Told of everything at once, of nothing, late, twice and in any order: in the end the same stands in the database, said once.</summary>
    [Fact]
    public async Task Written_HoweverItIsTold_IsTheSame()
    {
        var expected = await RunAsync(_ => (Copies: 0, Delay: 0));
        expected.Events.Count.ShouldBe(expected.Events.Distinct().Count());
        expected.Events.ShouldNotBeEmpty();

        for (var seed = 1; seed <= 20; seed++)
        {
            var chance = new Random(seed);
            var actual = await RunAsync(_ => (chance.Next(4) switch { 0 => 0, 1 => 2, _ => 1 }, chance.Next(3) == 0 ? chance.Next(40) : 0));

            actual.Resources.ShouldBe(expected.Resources, $"seed {seed}");
            actual.Stacks.ShouldBe(expected.Stacks, $"seed {seed}");
            actual.Events.ShouldBe(expected.Events, ignoreOrder: true, $"seed {seed}");
        }
    }

    public async Task DisposeAsync() => await _services.DisposeAsync();

    /// <summary>Three stacks are made, one changed and one deleted, with a poll now and then.</summary>
    private async Task<(List<string> Resources, List<string> Stacks, List<string> Events)> RunAsync(Func<StackNews, (int Copies, int Delay)> deliver)
    {
        await BeginAsync();
        var post = new List<(int Due, StackNews News)>();
        var moment = 0;
        foreach (var happen in Story())
        {
            _clock.Move(TimeSpan.FromSeconds(1));
            var news = happen();
            var (copies, delay) = deliver(news);
            post.AddRange(Enumerable.Repeat((moment + delay, news), copies));
            var due = post.Where(letter => letter.Due <= moment).Select(letter => letter.News).Distinct().ToArray();
            post.RemoveAll(letter => letter.Due <= moment);
            await TakeInAsync(due);
            if (++moment % 7 == 0)
                await PollAsync(isTold: moment % 2 == 0);
        }

        await TakeInAsync([.. post.Select(letter => letter.News)]);
        _clock.Move(s_pace.Events);
        await PollAsync();
        await TakeInAsync([.. post.Select(letter => letter.News)]);
        return await StateAsync();

        IEnumerable<Func<StackNews>> Story()
        {
            var ids = new[] { "iam", "net-core", "cluster" }.Select(name => _stacks.Add(name, _environment.Id, name)).ToList();
            foreach (var round in new[] { "IN_PROGRESS", "COMPLETE" })
            {
                foreach (var id in ids)
                {
                    yield return () => _stacks.Resource(id, "A" + id[4..], "CREATE_" + round);
                    yield return () => _stacks.Resource(id, "B" + id[4..], "CREATE_" + round);
                }
            }

            foreach (var id in ids)
                yield return () => _stacks.Stack(id, "CREATE_COMPLETE");
            yield return () => _stacks.Stack(ids[0], "UPDATE_IN_PROGRESS");
            yield return () => _stacks.Resource(ids[0], "Aiam", "UPDATE_IN_PROGRESS");
            yield return () => _stacks.Stack(ids[2], "DELETE_IN_PROGRESS");
            yield return () => _stacks.Resource(ids[2], "Acluster", "DELETE_COMPLETE");
            yield return () => _stacks.Resource(ids[0], "Aiam", "UPDATE_FAILED");
            yield return () => _stacks.Stack(ids[0], "UPDATE_ROLLBACK_IN_PROGRESS");
            yield return () => _stacks.Resource(ids[2], "Bcluster", "DELETE_COMPLETE");
            yield return () => _stacks.Stack(ids[0], "UPDATE_ROLLBACK_COMPLETE");
        }
    }

    private async Task BeginAsync()
    {
        var number = Interlocked.Increment(ref s_numbers);
        var submitted = await _services.GetRequiredService<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Samples.Shop($"told-{number}", $"10.{number}.0.0/16"), default);
        _environment = new ObservedEnvironment(submitted.Value!.EnvironmentId, $"told-{number}", true, null, null);
        await using (var connection = await postgres.Database.OpenConnectionAsync())
            await connection.ExecuteAsync("delete from observations; delete from stack_cursors");
        _stacks = new FakeStacks(_clock);
        await ObserveAsync();
    }

    /// <summary>As a worker that takes the target over, with nothing but what is stored.</summary>
    private async Task ObserveAsync()
    {
        var claim = _claim = await TestClaims.TakeAsync(postgres.Database, "here");
        var target = new AwsTarget(Samples.Target.Name, "000000000000", Samples.Target.Region, null, null);
        var transactions = TestTransactions.On(postgres.Database);
        var writer = new ObservedWriter(postgres.Database, transactions, _clock);
        var history = new StackHistory(target, claim, await StackCursors.ReadAsync(postgres.Database, target.Name, CancellationToken.None), _stacks, writer);
        _observer = new TargetObserver(
            target, claim, history, _stacks, new ObservationStore(postgres.Database, transactions, _clock), writer, new HealthKeeper(claim, new HealthStore(postgres.Database, transactions, _clock), _clock, NullLogger.Instance), s_pace, _clock);
    }

    /// <summary>The rounds of a worker that hears what is told.</summary>
    /// <returns>When they have begun, their end.</returns>
    private async Task<Task> RoundsAsync(NoLoadBalancers balancers, CancellationToken stop)
    {
        var target = new AwsTarget(Samples.Target.Name, "000000000000", Samples.Target.Region, null, null) { EventQueue = "events" };
        var transactions = TestTransactions.On(postgres.Database);
        var source = new FakeNews();
        var news = new TargetNews(target, source, _clock, NullLogger.Instance);
        _ = news.ListenAsync(stop);
        await source.TellAsync(new StackNews("arn:of-nobody", false));
        await source.HeardAsync();
        news.Arrived.TryRead(out _);
        news.Take();
        var health = new HealthKeeper(_claim, new HealthStore(postgres.Database, transactions, _clock), _clock, NullLogger.Instance);
        var all = new TargetLoadBalancers(
            target, _claim, balancers, new ObservationStore(postgres.Database, transactions, _clock), new ObservedWriter(postgres.Database, transactions, _clock), health, _clock, NullLogger.Instance);
        var rounds = new TargetRounds(
            _claim, _observer, all, news, s_pace, _ => Task.FromResult<IReadOnlyList<ObservedEnvironment>>([_environment]), new Sights(transactions), _clock, NullLogger.Instance);
        return rounds.GoOnAsync(Channel.CreateBounded<bool>(1).Reader, stop);
    }

    private Task ExpectAsync(string id, string state) => new ObservationStore(postgres.Database, TestTransactions.On(postgres.Database), _clock).ExpectAsync(
        new Observation(Samples.Target.Name, ObservationKinds.Stack, id[4..], id, state, null, new Dictionary<string, string> { [StackTags.EnvironmentId] = _environment.Id.ToString(), [StackTags.Step] = id[4..] }), CancellationToken.None);

    private Task TakeInAsync(params StackNews[] news) => _observer.TakeInAsync(
        [.. news.GroupBy(one => one.StackId).Select(group => new ToldStack(group.Key, group.Any(one => one.ChangesStack), [.. group.Select(one => one.Resource).OfType<ToldResource>()]))], [_environment], CancellationToken.None);

    private Task PollAsync(bool isTold = false) => _observer.PollAsync([_environment], isTold, CancellationToken.None);

    private async Task<(List<string> Resources, List<string> Stacks, List<string> Events)> StateAsync()
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        return (
            [.. await connection.QueryAsync<string>("select step || ' ' || name || ' ' || state from resources where environment_id = @Id order by 1", new { _environment.Id })],
            [.. await connection.QueryAsync<string>("select name || ' ' || state from observations where kind = 'stack' order by 1")],
            [.. await connection.QueryAsync<string>("select message from events where environment_id = @Id and kind = 'resource.changed' order by number", new { _environment.Id })]);
    }
}
