using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Rehearsals;
using Portal.Core.Requests;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Engine;
using Portal.Worker.Rehearsals;

namespace Portal.Tests.Rehearsals;

/// <summary>The worker's side, on a stage that does as the test says.</summary>
public sealed class RehearsalHostTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static readonly RehearsalReport s_report = new() { Acts = [], Resources = [new RehearsedKind("AWS::EC2::VPC", 1)], Answers = [], Left = [] };
    private static int s_numbers = 150;

    private readonly FakeStage _stage = new();
    private readonly ManualClock _clock = new();
    private StoredEnvironments _stored = null!;
    private WorkerLease _lease = null!;
    private RehearsalStore _store = null!;
    private RehearsalHost _host = null!;

    public async Task InitializeAsync()
    {
        _stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, _clock);
        _lease = new WorkerLease(postgres.Database, TimeProvider.System, NullLogger<WorkerLease>.Instance);
        _store = new RehearsalStore(postgres.Database, TestTransactions.On(postgres.Database), new OperationJobs(), _lease, _clock);
        _host = new RehearsalHost(_store, _stage, _stage, new HeldLease(), Options.Create(new RehearsalOptions()), TimeProvider.System, NullLogger<RehearsalHost>.Instance);
    }

    public async Task DisposeAsync()
    {
        await _host.StopAsync(default);
        _host.Dispose();
        _lease.Dispose();
        await _stored.DisposeAsync();
    }

    [Fact]
    public async Task Take_OneThatIsPlayedToItsEnd_AttachesTheReport()
    {
        var (request, id) = await StartAsync();

        await _host.TakeAsync(id);
        (await _stage.Played).Acts.Single().Plan.Environment.ShouldStartWith("shop-");
        _stage.End.SetResult(s_report);

        var ended = await EndedAsync(request);
        (ended.State, ended.Report!.ResourceCount, ended.Trouble).ShouldBe((RehearsalState.Succeeded, 1, null));
        _stage.Dropped.ShouldBe([id]);
    }

    [Fact]
    public async Task Take_PlanThatFails_SaysWhatFailedFirst()
    {
        var (request, id) = await StartAsync();
        _stage.End.SetResult(s_report with { Failure = new RehearsedFailure(RehearsalActKind.Asked, "Aurora", "Aurora failed.", "quota", []) });

        await _host.TakeAsync(id);

        (await EndedAsync(request)).State.ShouldBe(RehearsalState.Failed);
        await using var connection = await postgres.Database.OpenConnectionAsync();
        (await connection.ExecuteScalarAsync<string>("select e.message from events e join requests r on r.environment_id = e.environment_id where r.id = @request and e.kind = 'request.rehearsed'", new { request }))!.ShouldEndWith(": Failed, Aurora failed.");
    }

    [Fact]
    public async Task Take_WhereThereCanBeNoDatabase_SaysWhatToDo()
    {
        var (request, id) = await StartAsync();
        _stage.Refuses = "The role may not make databases.";

        await _host.TakeAsync(id);

        var ended = await EndedAsync(request);
        (ended.State, ended.Report, ended.Trouble).ShouldBe((RehearsalState.Failed, null, "The role may not make databases"));
    }

    [Fact]
    public async Task Cancel_OneThatRuns_StopsThePlay()
    {
        var (request, id) = await StartAsync();
        await _host.TakeAsync(id);
        await _stage.Played;

        (await _stored.Get<CancelRehearsal>().ExecuteAsync(Fleet.Engineer, id, default)).IsRefused.ShouldBeFalse();

        (await EndedAsync(request)).State.ShouldBe(RehearsalState.Cancelled);
        _stage.WasStopped.ShouldBeTrue();
        _stage.Dropped.ShouldBe([id]);
    }

    [Fact]
    public async Task Stop_WhileOneRuns_GivesItBack()
    {
        var (request, id) = await StartAsync();
        await _host.TakeAsync(id);
        await _stage.Played;

        await _host.StopAsync(default);

        var given = (await _stored.Get<RehearsalQueries>().OfAsync(Fleet.Engineer, request, default))!.Newest!;
        (given.State, given.Progress, _stage.WasStopped).ShouldBe((RehearsalState.Queued, null, true));
        (await _store.ClaimAsync(id, default))!.Attempt.ShouldBe(1);
    }

    /// <summary>A worker that died is not waited for, and one that ends every worker is not played for ever.</summary>
    [Fact]
    public async Task PickUp_OneWhoseWorkerIsSilent_IsPlayedOnceMoreAndThenFailed()
    {
        var (request, id) = await StartAsync();
        var first = (await _store.ClaimAsync(id, default))!;
        await _store.PickUpAsync(default);
        (await _store.BeatAsync(first, null, default)).ShouldBe(Beat.GoOn);

        await SilentAsync(id);
        await _store.PickUpAsync(default);

        (await _store.BeatAsync(first, null, default)).ShouldBe(Beat.Lost);
        (await _store.EndAsync(first, new RehearsalEnd(RehearsalState.Succeeded, s_report), default)).ShouldBeFalse();
        (await _store.ClaimAsync(id, default))!.Attempt.ShouldBe(2);
        await SilentAsync(id);
        await _store.PickUpAsync(default);
        var ended = await EndedAsync(request);
        ended.State.ShouldBe(RehearsalState.Failed);
        ended.Trouble!.ShouldContain("Rehearse again");
    }

    private async Task<(Guid Request, Guid Rehearsal)> StartAsync()
    {
        var shop = Samples.Shop($"shop-{Interlocked.Increment(ref s_numbers)}", $"10.{s_numbers}.0.0/16");
        var asked = (await _stored.Get<SubmitRequest>().ExecuteAsync(Fleet.Engineer, shop, default)).Value!;
        return (asked.Id, (await _stored.Get<StartRehearsal>().ExecuteAsync(Fleet.Engineer, asked.Id, default)).Value);
    }

    private async Task SilentAsync(Guid id)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync("update rehearsals set beat_at = clock_timestamp() - interval '16 seconds' where id = @id", new { id });
    }

    private async Task<Rehearsal> EndedAsync(Guid request)
    {
        await _host.PlayedAsync();
        var newest = (await _stored.Get<RehearsalQueries>().OfAsync(Fleet.Engineer, request, default))!.Newest!;
        newest.IsOpen.ShouldBeFalse(newest.ToString());
        return newest;
    }

    private sealed class HeldLease : IWorkerLease
    {
        public CancellationToken? Held { get; } = CancellationToken.None;
    }

    private sealed class FakeStage : IStage, IStageDatabases
    {
        private readonly TaskCompletionSource<RehearsalScript> _played = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<RehearsalScript> Played => _played.Task;

        public TaskCompletionSource<RehearsalReport> End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string? Refuses { get; set; }

        public bool WasStopped { get; private set; }

        public List<Guid> Dropped { get; } = [];

        public async Task<RehearsalReport> PlayAsync(RehearsalScript script, string connectionString, Action<RehearsalProgress> progress, CancellationToken cancellationToken)
        {
            _played.TrySetResult(script);
            try
            {
                return await End.Task.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                WasStopped = true;
                throw;
            }
        }

        public Task<string> CreateAsync(Guid rehearsalId, CancellationToken cancellationToken) =>
            Refuses is { } why ? throw new StageException(why) : Task.FromResult("Host=nowhere");

        public Task DropAsync(Guid rehearsalId, CancellationToken cancellationToken)
        {
            Dropped.Add(rehearsalId);
            return Task.CompletedTask;
        }
    }
}
