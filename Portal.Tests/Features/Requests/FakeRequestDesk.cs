using System.Threading.Channels;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Topology;
using Portal.Features.Requests;
using Portal.Features.Requests.Form;
using Portal.Features.Views;
using Portal.Infrastructure.Live;
using Portal.Tests.Features.Views;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Requests;

/// <summary>Plans with the real templates and answers at once; what the database would say is set by the test.</summary>
internal sealed class FakeRequestDesk : IRequestDesk
{
    private readonly SpecificationValidator _validator = new(Samples.Catalog);
    private readonly TopologyBuilder _topology = new(Samples.Catalog);
    private readonly CostEstimator _costs = new(Samples.Catalog);

    public List<FieldError> Collisions { get; } = [];

    public List<Specification> Submitted { get; } = [];

    public List<Guid> SubmittedIds { get; } = [];

    public List<string?> SubmittedTeams { get; } = [];

    /// <summary>Whose an environment may be.</summary>
    public IReadOnlyList<string> Teams { get; set; } = [];

    public Refusal? Refusal { get; set; }

    public IReadOnlyList<TargetInfo> Targets { get; set; } = [Target("sandbox"), Target("production")];

    /// <summary>What was asked for before.</summary>
    public List<RequestDetail> Requests { get; } = [];

    // Nothing changes by itself: one beat, as at the beginning.
    public Subscription<long> WatchChanges()
    {
        var beats = Channel.CreateBounded<long>(1);
        beats.Writer.TryWrite(1);
        return new Subscription<long>(beats.Reader, () => beats.Writer.TryComplete());
    }

    public bool HasInbox(Actor actor) => Samples.Approvals.HasApprover(actor);

    public IViewDesk Views { get; } = new FakeViewDesk();

    public FakeDraftDesk Drafts { get; } = new();

    IDraftDesk IRequestDesk.Drafts => Drafts;

    public FakeProposalDesk Proposals { get; } = new();

    IProposalDesk IRequestDesk.Proposals => Proposals;

    public Task<Page<RequestSummary>> ListAsync(RequestFilter filter, CancellationToken cancellationToken)
    {
        var found = Requests.Where(detail => filter.State is null || detail.Request.State == filter.State).Select(Summary).ToList();
        return Task.FromResult(new Page<RequestSummary>([.. found.Skip(filter.Page * filter.PageSize).Take(filter.PageSize)], found.Count, filter.Page));
    }

    public Task<RequestDetail?> RequestAsync(long number, CancellationToken cancellationToken) =>
        Task.FromResult(Requests.Find(detail => detail.Request.Number == number));

    public List<Guid> Withdrawn { get; } = [];

    public Task<Outcome<Guid>> WithdrawAsync(Guid requestId, CancellationToken cancellationToken)
    {
        Withdrawn.Add(requestId);
        return Task.FromResult<Outcome<Guid>>(requestId);
    }

    public Task<IReadOnlyList<TargetInfo>> TargetsAsync(CancellationToken cancellationToken) => Task.FromResult(Targets);

    public Task<IReadOnlyList<string>> TeamsAsync(CancellationToken cancellationToken) => Task.FromResult(Teams);

    public Task<string> SuggestCidrAsync(string target, CancellationToken cancellationToken) =>
        Task.FromResult(target == "sandbox" ? "10.40.0.0/16" : "10.80.0.0/16");

    public Task<ChangeSubject?> ChangeableAsync(string name, CancellationToken cancellationToken) => Task.FromResult<ChangeSubject?>(null);

    public Task<Preview> PreviewAsync(Specification specification, AskedFor asked, ChangeSubject? subject, CancellationToken cancellationToken)
    {
        var errors = Errors(specification);
        return Task.FromResult(new Preview(
            _topology.Preview(Preview.Drawable(specification)),
            _costs.Estimate(specification),
            errors.Count == 0 ? Samples.Plans.Build(specification, Samples.Target).Plan : null,
            errors.Count == 0 ? Refusal : new InvalidSpecification(errors)));
    }

    /// <summary>What registries say.</summary>
    public IReadOnlyList<ImagePin> Images { get; set; } = [];

    public Task<IReadOnlyList<ImagePin>> ImagesAsync(Specification specification, ChangeSubject? subject, CancellationToken cancellationToken) => Task.FromResult(Images);

    public Task<Outcome<SubmittedRequest>> SubmitAsync(Specification specification, AskedFor asked, Guid id, ChangeSubject? subject, string confirmation, CancellationToken cancellationToken)
    {
        var errors = Errors(specification);
        if (errors.Count > 0 || Refusal is not null)
            return Task.FromResult<Outcome<SubmittedRequest>>(Refusal ?? new InvalidSpecification(errors));
        Submitted.Add(specification);
        SubmittedIds.Add(id);
        SubmittedTeams.Add(asked.Team);
        return Task.FromResult<Outcome<SubmittedRequest>>(new SubmittedRequest(Guid.Empty, 17, 1, Guid.Empty, specification.Environment));
    }

    public static TargetInfo Target(string name) => new(name, "000000000000", "us-east-1", 1, null);

    private static RequestSummary Summary(RequestDetail detail) => new(
        detail.Request.Id, detail.Request.Number, RequestKind.Create, detail.Request.State, detail.Environment.Id, detail.Environment.Name, detail.Target.Name,
        detail.Request.RequestedById, detail.Request.RequestedByName, detail.Request.SubmittedAt, detail.Request.DecidedByName, detail.Request.DecidedAt,
        detail.Request.Comment, detail.Plan.Cost.Monthly);

    private List<FieldError> Errors(Specification specification) => [.. _validator.Validate(specification), .. Collisions];
}
