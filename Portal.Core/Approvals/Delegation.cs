using Portal.Core.Security;

namespace Portal.Core.Approvals;

/// <summary>Somebody decides in another's place from one day to another.</summary>
/// <param name="Groups">Ids of approvals.yaml.</param>
/// <param name="Starts">As a day begins in the zone of whoever handed over.</param>
/// <param name="Ends">As the last day ends there.</param>
public sealed record Delegation(Guid Id, KnownPerson From, KnownPerson To, IReadOnlyList<string> Groups, DateTimeOffset Starts, DateTimeOffset Ends);

/// <summary>Somebody who has signed in before.</summary>
/// <param name="Roles">These and the teams as the sign-in told of them last.</param>
public sealed record KnownPerson(string Subject, string Name, IReadOnlyList<string> Roles, IReadOnlyList<string> Teams)
{
    public Actor Actor => new(Subject, Name, Roles.ToHashSet(StringComparer.Ordinal)) { Teams = Teams.ToHashSet(StringComparer.Ordinal) };
}

/// <param name="Rows">By name, as many as are shown at once.</param>
/// <param name="Total">All that fit.</param>
public sealed record FoundPeople(IReadOnlyList<KnownPerson> Rows, int Total);

/// <param name="Mine">Who decides for the one who asks, now or later; by day.</param>
/// <param name="Others">For whom they decide, now or later; by day.</param>
public sealed record Absences(IReadOnlyList<Delegation> Mine, IReadOnlyList<Delegation> Others);

/// <summary>It cannot be handed over so; says what would do.</summary>
public sealed record InvalidDelegation(FieldError Error) : Refusal("invalid_delegation", Error.Message);
