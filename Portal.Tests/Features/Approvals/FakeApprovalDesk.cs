using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Features.Approvals;
using Portal.Infrastructure.Live;
using Portal.Tests.Features.Requests;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Approvals;

/// <summary>A queue in memory that decides like the use case, without a database.</summary>
internal sealed class FakeApprovalDesk(TimeProvider clock, OverviewFeed feed) : IApprovalDesk
{
    private readonly List<RequestDetail> _requests = [];

    public List<(long Number, Verdict Verdict, string PlanHash, string? Comment)> Decisions { get; } = [];

    public Refusal? Refusal { get; set; }

    /// <summary>The one that is refused; null for all.</summary>
    public Guid? RefusedOnly { get; set; }

    /// <summary>Of whoever reads what is added from now on.</summary>
    public IReadOnlyList<StandIn> StandIns { get; set; } = [];

    /// <summary>Who has to agree after a decision.</summary>
    public string? Waits { get; set; }

    public RequestDetail Add(string environment, string requestedBy = "engineer", RequestState state = RequestState.Submitted, RequestFacts? facts = null)
    {
        var specification = Samples.Shop(environment);
        var plan = Samples.Plans.Build(specification, Samples.Target).Plan;
        var id = Guid.CreateVersion7();
        var info = new EnvironmentInfo
        {
            Id = id,
            Name = environment,
            State = EnvironmentState.Requested,
            OwnerId = requestedBy,
            OwnerName = requestedBy,
            Cidr = specification.Network.Cidr,
            LastEvent = 1,
            Revision = 1,
        };
        var detail = new RequestDetail(Request(id, _requests.Count + 1, plan.Hash, requestedBy, state), info, FakeRequestDesk.Target(Samples.Target.Name), specification, plan)
        {
            Progress = ApprovalProgress.Of(Policy, facts, [], plan.Hash, clock.GetUtcNow(), clock.GetUtcNow()),
            StandIns = StandIns,
        };
        _requests.Add(detail);
        return detail;
    }

    /// <summary>Somebody else decides.</summary>
    public void Decide(long number, RequestState state, string? by) => Replace(number, detail =>
        Request(detail.Environment.Id, number, detail.Request.PlanHash, detail.Request.RequestedById, state) with
        {
            DecidedByName = by,
            DecidedAt = state == RequestState.Submitted ? null : clock.GetUtcNow(),
        });

    public void ChangePlan(long number) => Replace(number, detail =>
        Request(detail.Environment.Id, number, new string('0', 64), detail.Request.RequestedById, RequestState.Submitted));

    public Subscription<long> WatchChanges() => feed.WatchChanges();

    public ApprovalPolicy Policy { get; set; } = Samples.Approvals;

    public Task<Page<RequestSummary>> QueueAsync(int page, CancellationToken cancellationToken)
    {
        var waiting = _requests.Where(detail => detail.Request.State == RequestState.Submitted).Select(detail => new RequestSummary(
            detail.Request.Id, detail.Request.Number, RequestKind.Create, RequestState.Submitted, detail.Environment.Id, detail.Environment.Name, detail.Target.Name,
            detail.Request.RequestedById, detail.Request.RequestedByName, detail.Request.SubmittedAt, null, null, null, detail.Plan.Cost.Monthly)
        {
            Progress = detail.Progress,
            PlanHash = detail.Request.PlanHash,
            MayDecide = detail.Progress.VoiceOf(Fleet.Ops, [], detail.Request.RequestedById, clock.GetUtcNow()).Refused is null,
        }).ToList();
        return Task.FromResult(new Page<RequestSummary>([.. waiting.Skip(page * ApprovalDesk.PageSize).Take(ApprovalDesk.PageSize)], waiting.Count, page));
    }

    public Task<RequestDetail?> RequestAsync(long number, CancellationToken cancellationToken) =>
        Task.FromResult(_requests.Find(detail => detail.Request.Number == number));

    public Task<Outcome<Decision>> DecideAsync(Guid requestId, Verdict verdict, string planHash, string? comment, CancellationToken cancellationToken)
    {
        if (verdict == Verdict.Reject && string.IsNullOrWhiteSpace(comment))
            return Task.FromResult<Outcome<Decision>>(new CommentMissing());
        if (Refusal is not null && (RefusedOnly is null || RefusedOnly == requestId))
            return Task.FromResult<Outcome<Decision>>(Refusal);
        var number = _requests.Find(detail => detail.Request.Id == requestId)!.Request.Number;
        Decisions.Add((number, verdict, planHash, comment));
        if (Waits is null)
            Decide(number, verdict == Verdict.Approve ? RequestState.Approved : RequestState.Rejected, "Ops");
        return Task.FromResult<Outcome<Decision>>(new Decision(requestId, verdict, null) { Waits = Waits });
    }

    private void Replace(long number, Func<RequestDetail, RequestInfo> change)
    {
        var index = _requests.FindIndex(detail => detail.Request.Number == number);
        _requests[index] = _requests[index] with { Request = change(_requests[index]) };
    }

    private RequestInfo Request(Guid environment, long number, string hash, string requestedBy, RequestState state) => new()
    {
        Id = environment,
        Number = number,
        SpecificationVersion = 1,
        State = state,
        RequestedById = requestedBy,
        RequestedByName = requestedBy,
        SubmittedAt = clock.GetUtcNow(),
        PlanHash = hash,
    };
}
