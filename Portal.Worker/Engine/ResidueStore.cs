using Dapper;
using Npgsql;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Worker.Engine;

/// <summary>The residue report of a destroyed environment, written under the runner's fence.</summary>
public interface IResidueStore
{
    /// <summary>In place of an earlier report.</summary>
    /// <exception cref="FencedException">Somebody else took the operation over, and nothing was written.</exception>
    Task SaveAsync(OperationWork work, IReadOnlyList<Residue> residues, CancellationToken cancellationToken);
}

/// <inheritdoc/>
public sealed class ResidueStore(Transactions transactions, TimeProvider clock) : IResidueStore
{
    public Task SaveAsync(OperationWork work, IReadOnlyList<Residue> residues, CancellationToken cancellationToken) =>
        transactions.DoAsync(write => SaveAsync(write, work, residues), cancellationToken);

    private async Task SaveAsync(Work write, OperationWork work, IReadOnlyList<Residue> residues)
    {
        await Lifecycle.HoldAsync(write, work.Fence);
        var now = clock.GetUtcNow();
        await write.Connection.ExecuteAsync("delete from residues where environment_id = @EnvironmentId", work);
        await write.Connection.ExecuteAsync(
            """
            insert into residues (environment_id, kind, id, title, kept, reason, advice, operation_id, seen_at)
            values (@EnvironmentId, @Kind, @Id, @Title, @IsKept, @Reason, @Advice, @OperationId, @now)
            on conflict do nothing
            """, residues.Select(one => new { work.EnvironmentId, one.Kind, one.Id, one.Title, one.IsKept, one.Reason, one.Advice, work.OperationId, now }));
        var (kept, left) = (residues.Count(one => one.IsKept), residues.Count(one => !one.IsKept));
        await new NewEvent(Actor.System, work.EnvironmentId, work.OperationId, StepNames.Sweep, "environment.swept", left > 0 ? EventSeverity.Warning : EventSeverity.Info, Say(work.Environment, kept, left))
        { Body = new { kept, left, residues } }.AppendAsync(write, now);
    }

    private static string Say(string environment, int kept, int left) => (kept, left) switch
    {
        (0, 0) => $"Nothing of {environment} is left in the account",
        (_, 0) => $"Of {environment} stays what is kept on purpose: {kept}",
        (0, _) => $"Of {environment} is left what should be gone: {left}",
        _ => $"Of {environment} stays what is kept on purpose, {kept}, and what should be gone, {left}",
    };
}
