using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Topology;
using Portal.Features.Requests;
using Portal.Features.Requests.Form;
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

    public Refusal? Refusal { get; set; }

    public IReadOnlyList<TargetRow> Targets { get; set; } = [Target("sandbox"), Target("production")];

    public Task<IReadOnlyList<TargetRow>> TargetsAsync(CancellationToken cancellationToken) => Task.FromResult(Targets);

    public Task<string> SuggestCidrAsync(string target, CancellationToken cancellationToken) =>
        Task.FromResult(target == "sandbox" ? "10.40.0.0/16" : "10.80.0.0/16");

    public Task<Preview> PreviewAsync(Actor actor, Specification specification, CancellationToken cancellationToken)
    {
        var errors = Errors(specification);
        return Task.FromResult(new Preview(
            _topology.Preview(Preview.Drawable(specification)),
            _costs.Estimate(specification),
            errors.Count == 0 ? Samples.Plans.Build(specification, Samples.Target).Plan : null,
            errors.Count == 0 ? Refusal : new InvalidSpecification(errors)));
    }

    public Task<Outcome<SubmittedRequest>> SubmitAsync(Actor actor, Specification specification, CancellationToken cancellationToken)
    {
        var errors = Errors(specification);
        if (errors.Count > 0 || Refusal is not null)
            return Task.FromResult<Outcome<SubmittedRequest>>(Refusal ?? new InvalidSpecification(errors));
        Submitted.Add(specification);
        return Task.FromResult<Outcome<SubmittedRequest>>(new SubmittedRequest(Guid.Empty, 17, Guid.Empty, specification.Environment));
    }

    public static TargetRow Target(string name) => new() { Name = name, AccountId = "000000000000", Region = "us-east-1", ApiAccessCidrs = "0.0.0.0/0" };

    private List<FieldError> Errors(Specification specification) => [.. _validator.Validate(specification), .. Collisions];
}
