using Portal.Core;
using Portal.Core.Operations;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Features.Requests.Form;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Requests;

/// <summary>What proposals need of use cases, on whichever page they stand.</summary>
public interface IProposalDesk
{
    Task<Outcome<PlannedRevision>> PreviewAsync(ProposalSubject subject, Specification specification, CancellationToken cancellationToken);

    /// <param name="id">The draft's own: sent again, it is there once.</param>
    /// <returns>The proposal's number; or a refusal.</returns>
    Task<Outcome<long>> ProposeAsync(ProposalSubject subject, Guid id, Specification specification, string reason, CancellationToken cancellationToken);

    /// <param name="number">Of the proposal that was read.</param>
    /// <param name="confirmation">The environment's name, where data would be lost.</param>
    Task<Outcome<SubmittedRequest>> AcceptAsync(Guid requestId, long number, string confirmation, CancellationToken cancellationToken);

    /// <inheritdoc cref="AcceptAsync"/>
    Task<Outcome<Guid>> DeclineAsync(Guid requestId, long number, string reason, CancellationToken cancellationToken);

    /// <inheritdoc cref="ProposeChange.TakeBackAsync"/>
    Task<Outcome<Guid>> TakeBackAsync(Guid requestId, long number, CancellationToken cancellationToken);
}

/// <inheritdoc cref="IProposalDesk"/>
public sealed class ProposalDesk(ProposeChange propose, AnswerProposal answer, CurrentActor current, DatabaseReach database) : IProposalDesk
{
    public Task<Outcome<PlannedRevision>> PreviewAsync(ProposalSubject subject, Specification specification, CancellationToken cancellationToken) => database.ReadAsync(
        token => current.ActAsync(actor => propose.PreviewAsync(actor, subject.RequestId, specification, token), token), cancellationToken);

    public Task<Outcome<long>> ProposeAsync(ProposalSubject subject, Guid id, Specification specification, string reason, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => propose.ExecuteAsync(actor, new NewProposal(id, subject.RequestId, specification, reason, subject.Version), cancellationToken), cancellationToken));

    public Task<Outcome<SubmittedRequest>> AcceptAsync(Guid requestId, long number, string confirmation, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => answer.AcceptAsync(actor, requestId, number, confirmation, cancellationToken), cancellationToken));

    public Task<Outcome<Guid>> DeclineAsync(Guid requestId, long number, string reason, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => answer.DeclineAsync(actor, requestId, number, reason, cancellationToken), cancellationToken));

    public Task<Outcome<Guid>> TakeBackAsync(Guid requestId, long number, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => propose.TakeBackAsync(actor, requestId, number, cancellationToken), cancellationToken));
}
