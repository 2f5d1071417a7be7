using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Features.Api;

/// <summary>What programs ask of requests: the pages' own use cases and queries, in the words of the API.</summary>
public sealed class RequestsApi(
    PlanRequest plans, SubmitRequest submit, WithdrawRequest withdraw, DecideRequest decide, CommentOnRequest comment, ProposeChange propose, AnswerProposal answer, RequestQueries requests, EnvironmentQueries environments, StepDurations durations)
{
    /// <summary>What a new environment would be, or every field that needs mending.</summary>
    public async Task<Outcome<PlanAnswer>> PlanAsync(Actor actor, Specification specification, AskedFor asked, CancellationToken cancellationToken)
    {
        var outcome = await plans.ExecuteAsync(actor, specification, asked, cancellationToken);
        return outcome.Refusal is { } refusal ? refusal
            : await AnswerAsync(actor, RequestKind.Create, specification, outcome.Value!.Plan, asked, environment: null, losesData: false, new HashSet<string>(), cancellationToken);
    }

    /// <param name="there">Steps that exist already.</param>
    internal async Task<PlanAnswer> AnswerAsync(
        Actor actor, RequestKind kind, Specification specification, Plan plan, AskedFor asked, Guid? environment, bool losesData, IReadOnlySet<string> there, CancellationToken cancellationToken)
    {
        var pace = (await environments.TargetsAsync(actor, cancellationToken)).FirstOrDefault(target => target.Name == plan.Target)?.Pace ?? 1;
        var expected = await durations.ExpectAsync(plan, pace, there, cancellationToken);
        return expected.ToAnswer(pace, losesData, await requests.NeedsAsync(actor, kind, specification, plan, asked, environment, losesData, cancellationToken)) with { Hash = plan.Hash };
    }

    /// <param name="id">The caller's own: asked again with the same, nothing is filed twice.</param>
    public async Task<Outcome<Filed>> SubmitAsync(Actor actor, Specification specification, AskedFor asked, Guid id, CancellationToken cancellationToken)
    {
        var outcome = await submit.ExecuteAsync(actor, specification, id, asked, cancellationToken);
        return outcome.Refusal is { } refusal ? refusal : outcome.Value!.ToAnswer();
    }

    /// <summary>Newest first.</summary>
    public async Task<Piece<RequestLine>> ListAsync(Actor actor, RequestFilter filter, CancellationToken cancellationToken)
    {
        var page = await requests.RequestsAsync(actor, filter with { Sort = RequestSort.Number, Descending = true }, cancellationToken);
        return new Piece<RequestLine>([.. page.Rows.Select(row => row.ToLine())], page.Total > page.Rows.Count ? QueryValues.CursorOf(page.Rows[^1].Number) : null);
    }

    public async Task<Outcome<RequestAnswer>> FindAsync(Actor actor, long number, CancellationToken cancellationToken) =>
        await requests.RequestAsync(actor, number, cancellationToken) is { } detail ? detail.ToAnswer() : Missing(number);

    public async Task<Outcome<Specification>> SpecificationAsync(Actor actor, long number, CancellationToken cancellationToken) =>
        await requests.RequestAsync(actor, number, cancellationToken) is { } detail ? detail.Specification : Missing(number);

    public Task<Outcome<RequestAnswer>> WithdrawAsync(Actor actor, long number, CancellationToken cancellationToken) => WithAsync<RequestAnswer>(actor, number, async detail =>
    {
        var outcome = await withdraw.ExecuteAsync(actor, detail.Request.Id, cancellationToken);
        return outcome.Refusal is { } refusal ? refusal : await FindAsync(actor, number, cancellationToken);
    }, cancellationToken);

    /// <param name="planHash">Of the plan that was read: that, and only that, is decided on.</param>
    public Task<Outcome<Decided>> DecideAsync(Actor actor, long number, Verdict verdict, string planHash, string? reason, CancellationToken cancellationToken) => WithAsync<Decided>(actor, number, async detail =>
    {
        var outcome = await decide.ExecuteAsync(actor, detail.Request.Id, verdict, planHash, reason, cancellationToken);
        return outcome.Refusal is { } refusal ? refusal : new Decided(number, verdict == Verdict.Approve, outcome.Value!.OperationId, outcome.Value.Waits);
    }, cancellationToken);

    /// <param name="planHash">Of the plan that was read; null for whichever it is.</param>
    /// <param name="id">The caller's own, where the body has none: sent again, it is there once.</param>
    public async Task<Outcome<Proposed>> ProposeAsync(Actor actor, long number, ProposalBody body, string? planHash, Guid id, CancellationToken cancellationToken)
    {
        var read = SpecificationYaml.Read(body.Specification);
        return read.Refusal is { } unreadable ? unreadable : await WithAsync<Proposed>(actor, number, async detail =>
        {
            if (planHash is not null && planHash != detail.Request.PlanHash)
                return new PlanChanged();
            var outcome = await propose.ExecuteAsync(actor, new NewProposal(body.Id ?? id, detail.Request.Id, read.Value!, body.Reason, detail.Request.SpecificationVersion), cancellationToken);
            return outcome.Refusal is { } refusal ? refusal : new Proposed(outcome.Value);
        }, cancellationToken);
    }

    /// <param name="proposal">Number of the proposal that was read.</param>
    public Task<Outcome<Filed>> AcceptAsync(Actor actor, long number, long proposal, string confirmation, CancellationToken cancellationToken) => WithAsync<Filed>(actor, number, async detail =>
    {
        var outcome = await answer.AcceptAsync(actor, detail.Request.Id, proposal, confirmation, cancellationToken);
        return outcome.Refusal is { } refusal ? refusal : outcome.Value!.ToAnswer();
    }, cancellationToken);

    /// <inheritdoc cref="AcceptAsync"/>
    public Task<Outcome<RequestAnswer>> DeclineAsync(Actor actor, long number, long proposal, string reason, CancellationToken cancellationToken) => WithAsync<RequestAnswer>(actor, number, async detail =>
    {
        var outcome = await answer.DeclineAsync(actor, detail.Request.Id, proposal, reason, cancellationToken);
        return outcome.Refusal is { } refusal ? refusal : await FindAsync(actor, number, cancellationToken);
    }, cancellationToken);

    /// <inheritdoc cref="AcceptAsync"/>
    public Task<Outcome<RequestAnswer>> TakeBackAsync(Actor actor, long number, long proposal, CancellationToken cancellationToken) => WithAsync<RequestAnswer>(actor, number, async detail =>
    {
        var outcome = await propose.TakeBackAsync(actor, detail.Request.Id, proposal, cancellationToken);
        return outcome.Refusal is { } refusal ? refusal : await FindAsync(actor, number, cancellationToken);
    }, cancellationToken);

    /// <summary>The newest piece is the first, and each reads from its oldest entry on.</summary>
    /// <param name="page">From 0.</param>
    public Task<Outcome<Piece<CommentAnswer>>> CommentsAsync(Actor actor, long number, int page, int limit, CancellationToken cancellationToken) => WithAsync<Piece<CommentAnswer>>(actor, number, async detail =>
    {
        var read = await requests.ConversationAsync(actor, detail.Request.Id, page, limit, cancellationToken);
        var entries = page > read.Page ? [] : read.Entries.Select(one => new CommentAnswer(one.Number, one.Kind, one.ByName, one.Text, one.At, one.IsOpen)).ToList();
        return QueryValues.PieceOf(entries, read.Page, limit, read.Total);
    }, cancellationToken);

    /// <returns>The entry's number.</returns>
    public Task<Outcome<long>> CommentAsync(Actor actor, long number, CommentBody body, Guid id, CancellationToken cancellationToken) => WithAsync(
        actor, number, detail => comment.ExecuteAsync(actor, new NewComment(body.Id ?? id, detail.Request.Id, body.Kind, body.Text, body.Seen), cancellationToken), cancellationToken);

    private async Task<Outcome<T>> WithAsync<T>(Actor actor, long number, Func<RequestDetail, Task<Outcome<T>>> act, CancellationToken cancellationToken) =>
        await requests.RequestAsync(actor, number, cancellationToken) is { } detail ? await act(detail) : Missing(number);

    private static NotFound Missing(long number) => new($"There is no request {number}.");
}
