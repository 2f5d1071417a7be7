using Portal.Core;
using Portal.Core.Approvals;
using Portal.Features.Approvals;
using Portal.Infrastructure.Live;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Approvals;

/// <summary>Absences in memory.</summary>
internal sealed class FakeAwayDesk(OverviewFeed feed) : IAwayDesk
{
    public Subscription<long> WatchChanges() => feed.WatchChanges();

    public List<Delegation> Mine { get; } = [];
    public List<Delegation> Others { get; } = [];
    public List<KnownPerson> People { get; } = [];
    public bool MayHandOver { get; set; }
    public Refusal? Refusal { get; set; }
    public List<(string To, DateOnly First, DateOnly Last)> HandedOver { get; } = [];

    public Task<AwayView> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(new AwayView(new Absences([.. Mine], [.. Others]), Samples.Approvals, MayHandOver));

    public Task<FoundPeople> PeopleAsync(string search, CancellationToken cancellationToken)
    {
        var fitting = People.FindAll(person => person.Name.Contains(search, StringComparison.OrdinalIgnoreCase));
        return Task.FromResult(new FoundPeople([.. fitting.Take(DelegationQueries.MostPeople)], fitting.Count));
    }

    public Task<Outcome<Guid>> HandOverAsync(string to, DateOnly first, DateOnly last, TimeZoneInfo zone, CancellationToken cancellationToken)
    {
        if (Refusal is not null)
            return Task.FromResult<Outcome<Guid>>(Refusal);
        HandedOver.Add((to, first, last));
        var id = Guid.CreateVersion7();
        Mine.Add(new Delegation(id, AwayPanelTests.Person("me"), People.Find(person => person.Subject == to)!, ["operations"], zone.BeginOf(first), zone.BeginOf(last.AddDays(1))));
        return Task.FromResult<Outcome<Guid>>(id);
    }

    public Task<Outcome<Guid>> EndAsync(Guid delegationId, CancellationToken cancellationToken)
    {
        Mine.RemoveAll(one => one.Id == delegationId);
        return Task.FromResult<Outcome<Guid>>(delegationId);
    }
}
