using Portal.Core.Environments;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Features.Approvals;
using Portal.Tests.Features.Requests;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Approvals;

/// <summary>A queue in memory that decides like the use case, without a database.</summary>
internal sealed class FakeApprovalDesk(TimeProvider clock) : IApprovalDesk
{
    private readonly List<RequestDetail> _requests = [];

    public List<(long Number, Verdict Verdict, string PlanHash, string? Comment)> Decisions { get; } = [];

    public Refusal? Refusal { get; set; }

    public RequestDetail Add(string environment, string requestedBy = "engineer", RequestState state = RequestState.Submitted)
    {
        var specification = Samples.Shop(environment);
        var plan = Samples.Plans.Build(specification, Samples.Target).Plan;
        var id = Guid.CreateVersion7();
        var row = new EnvironmentRow
        {
            Id = id,
            Name = environment,
            Target = Samples.Target.Name,
            State = EnvironmentState.Requested,
            OwnerId = requestedBy,
            OwnerName = requestedBy,
            Cidr = specification.Network.Cidr,
            SpecificationVersion = 1,
            CreatedAt = clock.GetUtcNow(),
            ChangedAt = clock.GetUtcNow(),
        };
        var detail = new RequestDetail(Request(id, _requests.Count + 1, plan, plan.Hash, requestedBy, state), row, FakeRequestDesk.Target(Samples.Target.Name), specification, plan);
        _requests.Add(detail);
        return detail;
    }

    /// <summary>Somebody else decides.</summary>
    public void Decide(long number, RequestState state, string by) => Replace(number, detail =>
    {
        var request = Request(detail.Environment.Id, number, detail.Plan, detail.Request.PlanHash, detail.Request.RequestedById, state);
        request.DecidedByName = by;
        request.DecidedAt = state == RequestState.Submitted ? null : clock.GetUtcNow();
        return request;
    });

    public void ChangePlan(long number) => Replace(number, detail =>
        Request(detail.Environment.Id, number, detail.Plan, new string('0', 64), detail.Request.RequestedById, RequestState.Submitted));

    public Task<Page<RequestSummary>> QueueAsync(int page, CancellationToken cancellationToken)
    {
        var waiting = _requests.Where(detail => detail.Request.State == RequestState.Submitted).Select(detail => new RequestSummary(
            detail.Request.Id, detail.Request.Number, RequestKind.Create, RequestState.Submitted, detail.Environment.Id, detail.Environment.Name, detail.Environment.Target,
            detail.Request.RequestedById, detail.Request.RequestedByName, detail.Request.SubmittedAt, null, null, null, detail.Plan.Cost.Monthly)).ToList();
        return Task.FromResult(new Page<RequestSummary>([.. waiting.Skip(page * ApprovalDesk.PageSize).Take(ApprovalDesk.PageSize)], waiting.Count));
    }

    public Task<RequestDetail?> RequestAsync(long number, CancellationToken cancellationToken) =>
        Task.FromResult(_requests.Find(detail => detail.Request.Number == number));

    public Task<Outcome<Decision>> DecideAsync(Actor actor, Guid requestId, Verdict verdict, string planHash, string? comment, CancellationToken cancellationToken)
    {
        if (verdict == Verdict.Reject && string.IsNullOrWhiteSpace(comment))
            return Task.FromResult<Outcome<Decision>>(new CommentMissing());
        if (Refusal is not null)
            return Task.FromResult<Outcome<Decision>>(Refusal);
        var number = _requests.Find(detail => detail.Request.Id == requestId)!.Request.Number;
        Decisions.Add((number, verdict, planHash, comment));
        Decide(number, verdict == Verdict.Approve ? RequestState.Approved : RequestState.Rejected, actor.Name);
        return Task.FromResult<Outcome<Decision>>(new Decision(requestId, verdict, null));
    }

    private void Replace(long number, Func<RequestDetail, RequestRow> change)
    {
        var index = _requests.FindIndex(detail => detail.Request.Number == number);
        _requests[index] = _requests[index] with { Request = change(_requests[index]) };
    }

    private RequestRow Request(Guid environment, long number, Plan plan, string hash, string requestedBy, RequestState state) => new()
    {
        Id = environment,
        Number = number,
        Kind = RequestKind.Create,
        EnvironmentId = environment,
        SpecificationVersion = 1,
        State = state,
        RequestedById = requestedBy,
        RequestedByName = requestedBy,
        SubmittedAt = clock.GetUtcNow(),
        Plan = plan.ToJson(),
        PlanHash = hash,
    };
}
