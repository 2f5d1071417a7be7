using Dapper;
using Npgsql;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Teams;

namespace Portal.Core.Drift;

/// <summary>What the job of a check calls, in whichever worker takes it.</summary>
public interface IDriftCheck
{
    /// <summary>Compares what exists with what was planned. May be run any number of times.</summary>
    Task RunAsync(Guid environmentId, CancellationToken cancellationToken);
}

/// <summary>Has an environment compared with what was planned, now.</summary>
public sealed class CheckDrift(Transactions transactions, OperationJobs jobs, TimeProvider clock)
{
    /// <summary>A check that has not ended after this long is taken for lost.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    /// <returns>The environment; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, <see cref="EnvironmentBusy"/>, <see cref="AlreadyDecided"/> where a check is under way.</returns>
    public async Task<Outcome<Guid>> ExecuteAsync(Actor actor, Guid environmentId, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not have anything checked. Ask for the role {Roles.Engineer}.");
        return await transactions.DoWithJobsAsync<Outcome<Guid>>(async work =>
        {
            if (await work.Connection.ExecuteScalarAsync<string?>("select state from environments where id = @environmentId", new { environmentId }) is not { } state)
                return new NotFound("There is no such environment.");
            if (await Ownership.RefusalAsync(work.Connection, actor, environmentId) is { } refusal)
                return refusal;
            if (Enum.Parse<EnvironmentState>(state) != EnvironmentState.Ready)
                return new EnvironmentBusy("Only an environment that is Ready can be compared with its plan: an operation changes what is there.");
            return await AskAsync(work, environmentId, actor.Name)
                ? environmentId
                : new AlreadyDecided("A check is under way already; its result appears here.");
        }, outcome => !outcome.IsRefused, cancellationToken);
    }

    /// <summary>Enqueues a check in the transaction of the work.</summary>
    /// <returns>False where one is under way.</returns>
    public async Task<bool> AskAsync(JobWork work, Guid environmentId, string by)
    {
        var now = clock.GetUtcNow();
        var asked = await work.Connection.ExecuteAsync(
            """
            insert into drift_checks as c (environment_id, asked_at, asked_by) values (@environmentId, @now, @by)
            on conflict (environment_id) do update set asked_at = excluded.asked_at, asked_by = excluded.asked_by
              where c.finished_at >= c.asked_at or c.asked_at < @lost
            """, new { environmentId, now, by, lost = now - Patience }) == 1;
        if (!asked)
            return false;
        jobs.Enqueue<IDriftCheck>(work, JobStorageSettings.DefaultQueue, check => check.RunAsync(environmentId, CancellationToken.None));
        await work.ChangedAsync(environmentId);
        return true;
    }
}
