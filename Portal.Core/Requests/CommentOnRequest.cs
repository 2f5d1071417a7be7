using Portal.Core.Approvals;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Teams;

namespace Portal.Core.Requests;

public sealed record NothingSaid() : Refusal("nothing_said", "Write something first.");

/// <summary>An answer to what nobody asks any more.</summary>
public sealed record NothingAsked() : Refusal("nothing_asked", "No question waits for an answer. Say it as a comment.");

public sealed record ConversationFull(int Most)
    : Refusal("conversation_full", $"{Most} entries are as many as a request takes. Decide on it, or withdraw it and ask anew.");

/// <param name="Id">Of whoever sends it: sent again, it is there once.</param>
/// <param name="Seen">For an answer: the number of the last entry on the screen. What was asked after that waits for another answer.</param>
public sealed record NewComment(Guid Id, Guid RequestId, CommentKind Kind, string? Text, long Seen = 0);

/// <summary>
/// Asks, answers or says something about a request that waits for a decision. Who may see it may comment; whoever may have to agree to it asks;
/// who asked for it answers. It changes nothing of the decision, which stays possible while a question is open.
/// </summary>
public sealed class CommentOnRequest(Transactions transactions, ApprovalPolicy policy, Sight sight, TimeProvider clock)
{
    /// <summary>Of one request.</summary>
    public const int MostEntries = 200;

    /// <returns>The entry's number; or a refusal.</returns>
    public async Task<Outcome<long>> ExecuteAsync(Actor actor, NewComment comment, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.View))
            return new NotAllowed($"{Policies.InWords(Permission.View)} say something about requests.");
        if (!actor.LetsTakePart)
            return new NotAllowed("This token says nothing: it lacks the scopes request and approve.");
        if (CommentText.Clean(comment.Text) is not { } text)
            return new NothingSaid();
        if (CommentText.TooLong(text) is { } tooLong)
            return tooLong;
        return await transactions.DoAsync(work => SayAsync(work, actor, comment, text), outcome => !outcome.IsRefused, cancellationToken);
    }

    private async Task<Outcome<long>> SayAsync(Work work, Actor actor, NewComment comment, string text)
    {
        // A decision at the same moment comes before or after it.
        if (await FoundRequest.HoldAsync(work.Connection, comment.RequestId) is not { } request || !await sight.SeesAsync(work.Connection, actor, request.EnvironmentId))
            return new NotFound("There is no such request.");
        if (await RequestComments.FindAsync(work.Connection, comment.Id, comment.RequestId, actor) is { } before)
            return before;
        var now = clock.GetUtcNow();
        var verdicts = await Verdicts.ReadAsync(work.Connection, comment.RequestId);
        if (request.State != RequestState.Submitted)
            return new AlreadyDecided($"{request.EndedBy(verdicts)} Nothing more is said about it here.");
        if (comment.Kind == CommentKind.Question
            && !ApprovalProgress.Of(policy, request.Facts, verdicts, request.PlanHash, request.WaitsSince, now)
                .MayAsk(actor, await DelegationQueries.StandInsAsync(work.Connection, actor, now), request.RequestedById))
            return new NotAllowed("Only those who decide on this request ask its requester. You can say it as a comment.");
        if (comment.Kind == CommentKind.Answer && request.RequestedById != actor.Subject)
            return new NotAllowed($"Only {request.RequestedByName}, who asked for it, answers. You can say it as a comment.");
        if (comment.Kind == CommentKind.Answer && !(await RequestComments.OpenAsync(work.Connection, comment.RequestId)).ContainsKey(comment.RequestId))
            return new NothingAsked();
        var (count, newest) = await RequestComments.StandAsync(work.Connection, comment.RequestId);
        if (count >= MostEntries)
            return new ConversationFull(MostEntries);

        long? until = comment.Kind == CommentKind.Answer ? Math.Min(comment.Seen, newest) : null;
        var askedBy = comment.Kind == CommentKind.Answer ? await RequestComments.AskersAsync(work.Connection, comment.RequestId) : null;
        var number = await RequestComments.AddAsync(work, comment.Id, comment.RequestId, comment.Kind, until, actor, text, now);
        var (kind, verb) = comment.Kind switch
        {
            CommentKind.Question => ("request.asked", $"asked {request.RequestedByName}"),
            CommentKind.Answer => ("request.commented", "answered"),
            _ => ("request.commented", "commented on the request"),
        };
        await new NewEvent(actor, request.EnvironmentId, null, null, kind, EventSeverity.Info, $"{actor.Name} {verb}: {text}")
        {
            Body = new { comment.RequestId, comment.Kind, number, answersUntil = until, text, askedBy },
        }.AppendAsync(work, now);
        await work.Connection.NotifyAsync(Channels.Request, comment.RequestId.ToString());
        return number;
    }
}
