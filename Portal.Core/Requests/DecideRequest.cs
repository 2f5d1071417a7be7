using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Core.Requests;

public enum Verdict
{
    Approve,
    Reject,
}

/// <summary>The approver saw another plan than the one that waits.</summary>
public sealed record PlanChanged() : Refusal("plan_changed", "The plan has changed since you opened it. Read it again before you decide.");

public sealed record CommentMissing() : Refusal("comment_missing", "Say why: the requester has to know what to change.");

/// <summary>Approves or rejects; an approval queues the operation in the same transaction.</summary>
public sealed class DecideRequest(IDbContextFactory<PortalDb> databases, TimeProvider clock)
{
    public const int MaxComment = 2000;

    /// <param name="planHash">Of the plan the approver was shown: that, and only that, is approved.</param>
    /// <returns>The operation's id when approved, null when rejected; or a refusal.</returns>
    public async Task<Outcome<Decision>> ExecuteAsync(
        Actor actor, Guid requestId, Verdict verdict, string planHash, string? comment, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.DecideRequest))
            return new NotAllowed($"Only {Policies.InWords(Permission.DecideRequest)} decide requests.");
        comment = PlainText.Clean(comment ?? "", keepLines: true).Trim() is { Length: > 0 } said ? said : null;
        if (verdict == Verdict.Reject && comment is null)
            return new CommentMissing();
        if (comment?.Length > MaxComment)
            return new InvalidSpecification([new FieldError("comment", null, $"The comment has {comment.Length} characters; {MaxComment} at most.")]);

        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        await using var transaction = await database.Database.BeginTransactionAsync(cancellationToken);
        var request = await database.Requests.FirstOrDefaultAsync(row => row.Id == requestId, cancellationToken);
        if (request is null)
            return new NotFound("There is no such request.");
        if (request.RequestedById == actor.Subject)
            return new NotAllowed("You asked for this yourself; somebody else has to decide.");
        if (request.PlanHash != planHash)
            return new PlanChanged();

        var now = clock.GetUtcNow();
        var state = verdict == Verdict.Approve ? RequestState.Approved : RequestState.Rejected;
        // Of two approvers at once, one changes the row; the other changes none.
        var changed = await database.Requests.Where(row => row.Id == requestId && row.State == RequestState.Submitted).ExecuteUpdateAsync(
            update => update
                .SetProperty(row => row.State, state)
                .SetProperty(row => row.DecidedById, actor.Subject)
                .SetProperty(row => row.DecidedByName, actor.Name)
                .SetProperty(row => row.DecidedAt, now)
                .SetProperty(row => row.Comment, comment),
            cancellationToken);
        if (changed == 0)
        {
            var decided = await database.Requests.FirstAsync(row => row.Id == requestId, cancellationToken);
            return new AlreadyDecided($"{decided.DecidedByName} {(decided.State == RequestState.Approved ? "approved" : "rejected")} this already.");
        }

        var connection = database.Database.GetDbConnection();
        Guid? operationId = null;
        if (verdict == Verdict.Approve)
            operationId = await QueueAsync(database, request, now, cancellationToken);
        await database.Environments.Where(row => row.Id == request.EnvironmentId).ExecuteUpdateAsync(
            update => update.SetProperty(row => row.State, verdict == Verdict.Approve ? EnvironmentState.Provisioning : EnvironmentState.Rejected), cancellationToken);
        var message = verdict == Verdict.Approve ? $"{actor.Name} approved the request" : $"{actor.Name} rejected the request";
        await new NewEvent(actor, request.EnvironmentId, operationId, null, verdict == Verdict.Approve ? "request.approved" : "request.rejected",
            verdict == Verdict.Approve ? EventSeverity.Success : EventSeverity.Warning, comment is null ? message : $"{message}: {comment}")
            .AppendAsync(connection, transaction.GetDbTransaction(), now);
        await connection.NotifyAsync(Channels.Request, requestId.ToString(), transaction.GetDbTransaction());
        if (operationId is not null)
            await connection.NotifyAsync(Channels.Operation, operationId.Value.ToString(), transaction.GetDbTransaction());
        await transaction.CommitAsync(cancellationToken);
        return new Decision(requestId, verdict, operationId);
    }

    private static async Task<Guid> QueueAsync(PortalDb database, RequestRow request, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var operation = new OperationRow
        {
            Id = Guid.CreateVersion7(now),
            EnvironmentId = request.EnvironmentId,
            RequestId = request.Id,
            Kind = request.Kind,
            State = OperationState.Queued,
            Plan = request.Plan,
            PlanHash = request.PlanHash,
            CreatedAt = now,
        };
        database.Add(operation);
        database.AddRange(Plan.FromJson(request.Plan).Steps.Select((step, ordinal) => new StepRow
        {
            OperationId = operation.Id,
            Name = step.Name,
            Ordinal = ordinal,
            Kind = step.Kind,
            Title = step.Title,
            Service = step.Service,
            State = StepState.Pending,
            ExpectedSeconds = step.Expected.Typical,
        }));
        await database.SaveChangesAsync(cancellationToken);
        return operation.Id;
    }
}

public sealed record Decision(Guid RequestId, Verdict Verdict, Guid? OperationId);
