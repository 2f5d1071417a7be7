using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Security;

namespace Portal.Features.Api;

/// <summary>What programs ask of who decides for whom: the pages' own use cases and queries, in the words of the API.</summary>
public sealed class DelegationsApi(DelegationQueries delegations, DelegateApprovals handOver, EndDelegation end)
{
    public async Task<DelegationsAnswer> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        var absences = await delegations.AbsencesAsync(actor, cancellationToken);
        return new DelegationsAnswer([.. absences.Mine.Select(ToAnswer)], [.. absences.Others.Select(ToAnswer)]);
    }

    /// <param name="search">Part of the name; empty for all.</param>
    public async Task<IReadOnlyList<PersonAnswer>> PeopleAsync(Actor actor, string search, CancellationToken cancellationToken) =>
        [.. (await delegations.PeopleAsync(actor, search, cancellationToken)).Rows.Select(ToAnswer)];

    public async Task<Outcome<Delegated>> CreateAsync(Actor actor, DelegationBody wanted, CancellationToken cancellationToken) =>
        Said(await handOver.ExecuteAsync(actor, wanted.To, wanted.First, wanted.Last, TimeZoneInfo.Utc, cancellationToken));

    public async Task<Outcome<Delegated>> EndAsync(Actor actor, Guid id, CancellationToken cancellationToken) => Said(await end.ExecuteAsync(actor, id, cancellationToken));

    private static Outcome<Delegated> Said(Outcome<Guid> outcome) => outcome.Refusal is { } refusal ? refusal : new Delegated(outcome.Value);

    private static DelegationAnswer ToAnswer(Delegation one) => new(one.Id, ToAnswer(one.From), ToAnswer(one.To), one.Groups, one.Starts, one.Ends);

    private static PersonAnswer ToAnswer(KnownPerson person) => new(person.Subject, person.Name);
}
