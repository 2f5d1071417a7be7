using Hangfire;
using Hangfire.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Portal.Core.Operations;
using Portal.Tests.Fixtures;
using Portal.Worker.Engine;

namespace Portal.Tests.Worker.Engine;

public sealed class RecurringScheduleTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public void Start_AfterAnotherVersion_HasWhatThisVersionDoesAndNothingElse()
    {
        var storage = JobStorageSettings.Open(postgres.ConnectionString, connections: 4);
        var jobs = new RecurringJobManager(storage);
        new RecurringSchedule(jobs, storage, [new Recorded("old-one"), new Recorded("kept")], TimeProvider.System, NullLogger<RecurringSchedule>.Instance).Say();

        new RecurringSchedule(jobs, storage, [new Recorded("kept"), new Recorded("new-one")], TimeProvider.System, NullLogger<RecurringSchedule>.Instance).Say();

        using var connection = storage.GetConnection();
        connection.GetRecurringJobs().Select(job => job.Id).ShouldBe(["kept", "new-one"], ignoreOrder: true);
    }

    [Fact]
    public async Task Trigger_TwoServers_RunItOnce()
    {
        var recorded = new Recorded("sweep");
        await using var services = new ServiceCollection().AddSingleton<IRecurring>(recorded).AddSingleton<RecurringRun>().BuildServiceProvider();
        var storage = JobStorageSettings.Open(postgres.ConnectionString, connections: 16);
        var jobs = new RecurringJobManager(storage);
        new RecurringSchedule(jobs, storage, [recorded], TimeProvider.System, NullLogger<RecurringSchedule>.Instance).Say();
        var options = new BackgroundJobServerOptions { WorkerCount = 1, Queues = [JobStorageSettings.DefaultQueue], Activator = new FromServices(services) };
        using (new BackgroundJobServer(options, storage))
        using (new BackgroundJobServer(options, storage))
        {
            jobs.Trigger(recorded.Id);
            await recorded.Ran.WaitAsync(TimeSpan.FromSeconds(60));
        }

        // Both have come to rest, and nothing waits for a third.
        storage.GetMonitoringApi().EnqueuedCount(JobStorageSettings.DefaultQueue).ShouldBe(0);
        recorded.Runs.ShouldBe(1);
    }

    private sealed class Recorded(string id) : IRecurring
    {
        private readonly TaskCompletionSource _ran = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _runs;

        public string Id => id;

        public string Schedule => Cron.Yearly();

        public int Runs => _runs;

        public Task Ran => _ran.Task;

        public Task RunAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _runs);
            _ran.TrySetResult();
            return Task.CompletedTask;
        }
    }

    private sealed class FromServices(IServiceProvider services) : JobActivator
    {
        public override object ActivateJob(Type jobType) => services.GetRequiredService(jobType);
    }
}
