using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Core.Teams;
using Portal.Tests.Provisioning;
using Portal.Worker.Engine;

namespace Portal.Tests.Fixtures;

/// <summary>The use cases on a real database, without a worker: a test writes what a runner would.</summary>
internal sealed class StoredEnvironments : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private StoredEnvironments(ServiceProvider services) => _services = services;

    /// <param name="clock">Is moved by what is finished, so that no two operations of an environment begin at one moment.</param>
    /// <param name="policy">In place of the one of Templates; <paramref name="teams"/> and <paramref name="paths"/> likewise.</param>
    public static async Task<StoredEnvironments> OpenAsync(string connectionString, ManualClock clock, double pace = 1, ApprovalPolicy? policy = null, TeamPolicy? teams = null, GoldenPaths? paths = null)
    {
        var collection = new ServiceCollection().AddLogging().AddSingleton(clock).AddSingleton<TimeProvider>(clock).AddPortalCore(null).AddPortalDatabase(connectionString)
            .AddSingleton<CareSweep>().AddSingleton<OperationStore>();
        if (policy is not null)
            collection.AddSingleton(policy);
        if (paths is not null)
            collection.AddSingleton(paths);
        if (teams is not null)
            collection.AddSingleton(teams);
        var services = collection.BuildServiceProvider();
        await using var database = await services.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync();
        if (!await database.Targets.AnyAsync())
        {
            foreach (var name in new[] { Samples.Target.Name, "elsewhere" })
                database.Add(new TargetRow { Name = name, AccountId = "000000000000", Region = Samples.Target.Region, ApiAccessCidrs = "0.0.0.0/0", Pace = pace });
            await database.SaveChangesAsync();
        }

        return new StoredEnvironments(services);
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public OperationStore Store => Get<OperationStore>();

    public async Task<EnvironmentSnapshot> SnapshotAsync(Guid environment) => (await Get<EnvironmentQueries>().SnapshotAsync(environment, default))!;

    public async Task<(Guid Operation, Guid Environment)> ApproveAsync(Specification specification)
    {
        var submitted = (await Get<SubmitRequest>().ExecuteAsync(Fleet.Engineer, specification, default)).Value!;
        return (await ApproveAsync(submitted), submitted.EnvironmentId);
    }

    public async Task<Guid> ApproveAsync(SubmittedRequest submitted)
    {
        var detail = (await Get<RequestQueries>().RequestAsync(Fleet.Engineer, submitted.Number, default))!;
        var decision = await Get<DecideRequest>().ExecuteAsync(Fleet.Ops, submitted.Id, Verdict.Approve, detail.Request.PlanHash, null, default);
        decision.Refusal.ShouldBeNull();
        return decision.Value!.OperationId!.Value;
    }

    public async Task<Guid> ReadyAsync(Specification specification)
    {
        var (_, environment) = await ApproveAsync(specification);
        await FinishAsync(environment);
        return environment;
    }

    /// <summary>What a runner writes of an operation in which everything succeeds.</summary>
    public Task FinishAsync(Guid environment) => FinishAsync(environment, OperationState.Succeeded);

    public async Task FinishAsync(Guid environment, OperationState state)
    {
        var work = (await Store.BeginAsync((await SnapshotAsync(environment)).Operation!.Id, default))!;
        foreach (var step in work.Plan.Steps.Where(_ => state == OperationState.Succeeded))
        {
            await Store.StartStepAsync(work, step, 1, default);
            await Store.SucceedStepAsync(work, step, new Dictionary<string, string>(), default);
        }

        // Before it ends: what waited in line begins with its end.
        Get<ManualClock>().Move(TimeSpan.FromSeconds(1));
        await Store.FinishAsync(work, state, state == OperationState.Failed ? new Failure("stack_failed", "Aurora failed.", "quota") : null, default);
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
