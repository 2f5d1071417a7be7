using Portal.Core;
using Portal.Core.Operations;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Features.Requests;
using Portal.Features.Requests.Form;

namespace Portal.Tests.Features.Requests;

/// <summary>Remembers what is asked of it, and answers what the test says.</summary>
internal sealed class FakeProposalDesk : IProposalDesk
{
    public List<(ProposalSubject Subject, Guid Id, Specification Specification, string Reason)> Proposed { get; } = [];

    /// <summary>In order: what was confirmed, or why it was declined.</summary>
    public List<string> Answers { get; } = [];

    public Refusal? Refusal { get; set; }

    public Task<Outcome<PlannedRevision>> PreviewAsync(ProposalSubject subject, Specification specification, CancellationToken cancellationToken) => throw new NotSupportedException("The desk of requests previews.");

    public Task<Outcome<long>> ProposeAsync(ProposalSubject subject, Guid id, Specification specification, string reason, CancellationToken cancellationToken)
    {
        if (Refusal is not null || reason.Length == 0)
            return Task.FromResult<Outcome<long>>(Refusal ?? new ReasonMissing(subject.RequestedBy));
        Proposed.Add((subject, id, specification, reason));
        return Task.FromResult<Outcome<long>>(1);
    }

    public Task<Outcome<SubmittedRequest>> AcceptAsync(Guid requestId, long number, string confirmation, CancellationToken cancellationToken)
    {
        Answers.Add($"accept {number} {confirmation}");
        return Task.FromResult<Outcome<SubmittedRequest>>(Refusal is { } refusal ? refusal : new SubmittedRequest(requestId, 17, 2, Guid.Empty, "shop-staging"));
    }

    public Task<Outcome<Guid>> DeclineAsync(Guid requestId, long number, string reason, CancellationToken cancellationToken)
    {
        Answers.Add($"decline {number} {reason}");
        return Task.FromResult<Outcome<Guid>>(Refusal is { } refusal ? refusal : requestId);
    }

    public Task<Outcome<Guid>> TakeBackAsync(Guid requestId, long number, CancellationToken cancellationToken)
    {
        Answers.Add($"take back {number}");
        return Task.FromResult<Outcome<Guid>>(Refusal is { } refusal ? refusal : requestId);
    }
}
