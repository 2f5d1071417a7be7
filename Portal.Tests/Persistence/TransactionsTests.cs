using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Core.Environments;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Persistence;

public sealed class TransactionsTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static int s_number = 100;

    private readonly List<IReadOnlyDictionary<Guid, long>> _told = [];
    private StoredEnvironments _stored = null!;
    private Announcer _announcer = null!;
    private Transactions _transactions = null!;

    public async Task InitializeAsync()
    {
        _announcer = new Announcer((revisions, _) => Task.Run(() => _told.Add(revisions)), TimeProvider.System, NullLogger<Announcer>.Instance);
        _transactions = new Transactions(postgres.Database, _announcer);
        _stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, new ManualClock());
    }

    public async Task DisposeAsync() => await _stored.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Do_Committed_TellsTheNewestRevisionOfWhatItChanged(bool withJobs)
    {
        var (one, other) = (await EnvironmentAsync(), await EnvironmentAsync());
        var (first, second) = (await RevisionAsync(one), await RevisionAsync(other));

        await DoAsync(withJobs, async work =>
        {
            await Event(one).AppendAsync(work, DateTimeOffset.UnixEpoch);
            await work.ChangedAsync(other, one);
        });

        (await ToldAsync()).ShouldBe([(one, first + 2), (other, second + 1)], ignoreOrder: true);
        (await RevisionAsync(one), await RevisionAsync(other)).ShouldBe((first + 2, second + 1));
    }

    [Fact]
    public async Task Do_StatementsTogether_EachFindsWhatThoseBeforeItDid()
    {
        var rows = new List<int?>();

        await _transactions.DoAsync(work => work.DoAsync(
            new Statement("create temporary table things (n int) on commit drop"),
            new Statement("insert into things values (@n), (@n + 1)", ("n", 1)),
            Read("select n from things order by n"),
            new Statement("delete from things"),
            Read("select n from things where n is distinct from @n", ("n", null)),
            new Statement("insert into things values (3)")), default);

        rows.ShouldBe([1, null]);

        Statement Read(string sql, params (string, object?)[] parameters) => new(sql, parameters) { Row = row => rows.Add(row?.GetInt32(0)) };
    }

    [Theory]
    [InlineData("select 1 / (n - 1) from generate_series(1, 1) n")]
    [InlineData("do $$ begin raise 'no'; end $$")]
    public async Task Do_AStatementAmongOthersFails_EndsAllOfThem(string fails)
    {
        var environment = await EnvironmentAsync();
        var before = await RevisionAsync(environment);

        await Should.ThrowAsync<PostgresException>(() => _transactions.DoAsync(
            work => work.DoAsync(Event(environment).Append(work, DateTimeOffset.UnixEpoch), new Statement(fails) { Row = fails.StartsWith("select", StringComparison.Ordinal) ? _ => { } : null }), default));
        await Should.ThrowAsync<InvalidOperationException>(() => _transactions.DoAsync(
            work => work.DoAsync(new Statement("select 1") { Row = _ => throw new InvalidOperationException() }, Event(environment).Append(work, DateTimeOffset.UnixEpoch)), default));

        (await RevisionAsync(environment)).ShouldBe(before);
        (await ToldAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Do_RefusedOrThrown_ChangesNothingAndTellsNobody(bool withJobs)
    {
        var environment = await EnvironmentAsync();
        var before = await RevisionAsync(environment);

        await DoAsync(withJobs, work => Event(environment).AppendAsync(work, DateTimeOffset.UnixEpoch), keep: false);
        await Should.ThrowAsync<InvalidOperationException>(() => DoAsync(withJobs, async work =>
        {
            await work.ChangedAsync(environment);
            throw new InvalidOperationException("Afterwards.");
        }));

        (await RevisionAsync(environment)).ShouldBe(before);
        (await ToldAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Do_Event_NotifiesNobodyBeforeTheAnnouncerDoes()
    {
        var environment = await EnvironmentAsync();
        await using var listener = await postgres.Database.OpenConnectionAsync();
        var heard = new List<string>();
        listener.Notification += (_, args) => heard.Add(args.Payload);
        await listener.ExecuteAsync($"listen {Channels.Event}");

        await DoAsync(withJobs: false, work => Event(environment).AppendAsync(work, DateTimeOffset.UnixEpoch));
        await postgres.Database.SendChangesAsync(new Dictionary<Guid, long> { [environment] = 7 }, default);

        // Notifications come in the order of the commits. The request that made the environment was revision 1.
        while (!heard.Contains($"{environment}:7"))
            await listener.WaitAsync();
        heard.ShouldNotContain($"{environment}:2");
    }

    [Fact]
    public async Task Do_ProcessDiesBeforeItTells_IsFoundByWhoLooks()
    {
        var environment = await EnvironmentAsync();
        var queries = _stored.Get<EnvironmentQueries>();
        var shown = (await queries.SnapshotAsync(environment, default))!.Environment.Revision;
        var before = await queries.UntoldAsync([environment], all: true, default);

        await TestTransactions.On(postgres.Database).DoAsync(work => work.ChangedAsync(environment), default);

        before.Revisions[environment].ShouldBe(shown);
        var now = await queries.UntoldAsync([environment], all: true, default);
        (now.Revisions[environment], now.All).ShouldBe((shown + 1, before.All + 1));
    }

    private Task DoAsync(bool withJobs, Func<Work, Task> change, bool keep = true) => withJobs
        ? _transactions.DoWithJobsAsync(
            async work =>
            {
                await change(work);
                return keep;
            }, kept => kept, default)
        : _transactions.DoAsync(
            async work =>
            {
                await change(work);
                return keep;
            }, kept => kept, default);

    private async Task<IReadOnlyList<(Guid, long)>> ToldAsync()
    {
        await _announcer.StopAsync(default);
        return [.. _told.SelectMany(told => told.Select(one => (one.Key, one.Value)))];
    }

    private async Task<Guid> EnvironmentAsync()
    {
        var number = Interlocked.Increment(ref s_number);
        return (await _stored.Get<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Samples.Shop($"shop-{number}", $"10.{number}.0.0/16"), default)).Value!.EnvironmentId;
    }

    private async Task<long> RevisionAsync(Guid environment)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<long>("select revision from environments where id = @environment", new { environment });
    }

    private static NewEvent Event(Guid environment) => new(Actor.System, environment, null, "iam", "step.started", EventSeverity.Info, "Roles");
}
