using Microsoft.EntityFrameworkCore;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Teams;

namespace Portal.Core.Environments;

/// <summary>One of an environment's operations, old or new.</summary>
/// <param name="Request">Number of the request that it carries out; null for what nobody had to approve.</param>
/// <param name="Failure">Why it failed; null where it did not.</param>
public sealed record OperationSummary(OperationInfo Operation, Guid EnvironmentId, string Environment, long? Request, DateTimeOffset CreatedAt, Failure? Failure);

/// <param name="Steps">In plan order.</param>
/// <param name="Pace">Of the target.</param>
public sealed record OperationDetail(OperationSummary Summary, Plan Plan, IReadOnlyList<StepInfo> Steps, double Pace);

/// <summary>Operations by their id, and those of an environment.</summary>
public sealed class OperationQueries(IDbContextFactory<PortalDb> databases, StoredDocuments documents, Sight sight)
{
    /// <returns>Null where there is none, or none that the actor sees.</returns>
    public async Task<OperationDetail?> FindAsync(Actor actor, Guid operationId, CancellationToken cancellationToken)
    {
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        // One moment for all of it: the pieces must fit together.
        await using var moment = await context.Database.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        var operations = context.Operations.Where(row => row.Id == operationId);
        if (await ReadAsync(context, operations, 1, cancellationToken) is not [var summary] || !await sight.SeesAsync(context.Connection(), actor, summary.EnvironmentId))
            return null;
        return new OperationDetail(
            summary,
            await documents.PlanAsync(operationId, summary.Operation.PlanHash, operations.Select(row => row.Plan), cancellationToken),
            await context.Steps.Where(row => row.OperationId == operationId).OrderBy(row => row.Ordinal).Select(ReadModels.Step).ToListAsync(cancellationToken),
            await context.Environments.Where(row => row.Id == summary.EnvironmentId).Join(context.Targets, row => row.Target, target => target.Name, (_, target) => target.Pace).FirstAsync(cancellationToken));
    }

    /// <summary>Newest first.</summary>
    /// <param name="before">Only what was queued before; null for all.</param>
    public async Task<IReadOnlyList<OperationSummary>> ListAsync(Actor actor, Guid environmentId, DateTimeOffset? before, int count, CancellationToken cancellationToken)
    {
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        await sight.MustSeeAsync(context.Connection(), actor, environmentId);
        var operations = context.Operations.Where(row => row.EnvironmentId == environmentId && (before == null || row.CreatedAt < before));
        return await ReadAsync(context, operations, Math.Clamp(count, 1, EnvironmentQueries.MaxPageSize + 1), cancellationToken);
    }

    private static async Task<IReadOnlyList<OperationSummary>> ReadAsync(PortalDb context, IQueryable<OperationRow> operations, int count, CancellationToken cancellationToken)
    {
        var rows = await operations.OrderByDescending(row => row.CreatedAt).Take(count).Select(row => new
        {
            Operation = new OperationInfo(row.Id, row.Kind, row.State, row.PlanHash, row.StartedAt, row.FinishedAt) { ExpectedLow = row.ExpectedLow, ExpectedHigh = row.ExpectedHigh },
            row.EnvironmentId,
            Environment = context.Environments.Where(environment => environment.Id == row.EnvironmentId).Select(environment => environment.Name).First(),
            Request = context.Requests.Where(request => request.Id == row.RequestId).Select(request => (long?)request.Number).FirstOrDefault(),
            row.CreatedAt,
            row.Failure,
        }).ToListAsync(cancellationToken);
        return [.. rows.Select(row => new OperationSummary(row.Operation, row.EnvironmentId, row.Environment, row.Request, row.CreatedAt, ReadModels.FailureOf(row.Failure)))];
    }
}
