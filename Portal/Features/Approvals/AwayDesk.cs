using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Security;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Approvals;

/// <summary>Who decides for whom while they are away, for the one at the page; the seam its component tests stand at.</summary>
public interface IAwayDesk
{
    /// <summary>Beats at once and after each change of any environment or request, or of who decides for whom.</summary>
    Subscription<long> WatchChanges();

    Task<AwayView> ReadAsync(CancellationToken cancellationToken);

    /// <param name="search">Part of the name; empty for all.</param>
    Task<FoundPeople> PeopleAsync(string search, CancellationToken cancellationToken);

    /// <param name="to">Subject of who decides.</param>
    /// <param name="zone">In which the days begin and end.</param>
    Task<Outcome<Guid>> HandOverAsync(string to, DateOnly first, DateOnly last, TimeZoneInfo zone, CancellationToken cancellationToken);

    Task<Outcome<Guid>> EndAsync(Guid delegationId, CancellationToken cancellationToken);
}

/// <param name="Policy">For the titles of groups.</param>
/// <param name="MayHandOver">Whether they decide anything themselves.</param>
public sealed record AwayView(Absences Absences, ApprovalPolicy Policy, bool MayHandOver)
{
    /// <summary>Of the groups that there still are.</summary>
    public string Titles(Delegation one) => string.Join(" and ", Policy.Groups.Where(group => one.Groups.Contains(group.Id)).Select(group => group.Title));
}

/// <inheritdoc cref="IAwayDesk"/>
public sealed class AwayDesk(
    DelegationQueries delegations, DelegateApprovals handOver, EndDelegation end, ApprovalPolicy policy, OverviewFeed overview, CurrentActor current, DatabaseReach database)
    : IAwayDesk
{
    public Subscription<long> WatchChanges() => overview.WatchChanges();

    public Task<AwayView> ReadAsync(CancellationToken cancellationToken) => database.ReadAsync(async token =>
    {
        var actor = await current.GetAsync();
        return new AwayView(await delegations.AbsencesAsync(actor, token), policy, policy.HasApprover(actor));
    }, cancellationToken);

    public Task<FoundPeople> PeopleAsync(string search, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await delegations.PeopleAsync(await current.GetAsync(), search, token), cancellationToken);

    public Task<Outcome<Guid>> HandOverAsync(string to, DateOnly first, DateOnly last, TimeZoneInfo zone, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => handOver.ExecuteAsync(actor, to, first, last, zone, cancellationToken), cancellationToken));

    public Task<Outcome<Guid>> EndAsync(Guid delegationId, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => end.ExecuteAsync(actor, delegationId, cancellationToken), cancellationToken));
}
