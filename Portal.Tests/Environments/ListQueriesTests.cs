using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Environments;

public sealed class ListQueriesTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static readonly Actor Other = new("other", "Zoe", new HashSet<string> { Roles.Engineer });
    private readonly string _target = $"t-{Guid.NewGuid():N}"[..12];
    private readonly ServiceProvider _services =
        new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddPortalCore(null).AddPortalDatabase(postgres.ConnectionString).BuildServiceProvider();

    // Three in a target of this test's own: by name b, a, c; of two owners; c rejected.
    public async Task InitializeAsync()
    {
        await using (var connection = await postgres.Database.OpenConnectionAsync())
            await connection.ExecuteAsync("insert into targets (name, account_id, region, api_access_cidrs) values (@_target, '000000000000', 'us-east-1', '0.0.0.0/0')", new { _target });
        await SubmitAsync(Fleet.Engineer, Shop("b", 1) with { Services = [.. Samples.Shop().Services.Take(1)] });
        await SubmitAsync(Other, Shop("a", 2) with { Network = new NetworkSpecification { Cidr = "10.2.0.0/16", NatGateways = NatGateways.OnePerZone } });
        var third = await SubmitAsync(Fleet.Engineer, Shop("c", 3));
        var detail = (await Requests.RequestAsync(Fleet.Ops, third.Number, default))!;
        (await _services.GetRequiredService<DecideRequest>().ExecuteAsync(Fleet.Ops, third.Id, Verdict.Reject, detail.Request.PlanHash, "no", default)).Refusal.ShouldBeNull();
    }

    public async Task DisposeAsync() => await _services.DisposeAsync();

    private DashboardQueries Dashboard => _services.GetRequiredService<DashboardQueries>();

    private RequestQueries Requests => _services.GetRequiredService<RequestQueries>();

    [Theory]
    [InlineData(EnvironmentSort.Name, false, "a b")]
    [InlineData(EnvironmentSort.Name, true, "b a")]
    [InlineData(EnvironmentSort.Changed, true, "a b")]
    [InlineData(EnvironmentSort.Created, false, "b a")]
    [InlineData(EnvironmentSort.Services, false, "b a")]
    [InlineData(EnvironmentSort.Cost, true, "a b")]
    [InlineData(EnvironmentSort.Owner, false, "b a")]
    public async Task Dashboard_Sort_IsTheDatabases(EnvironmentSort sort, bool descending, string names) =>
        (await NamesAsync(new EnvironmentFilter { Sort = sort, Descending = descending })).ShouldBe(names);

    [Theory]
    [InlineData(EnvironmentSort.State)]
    [InlineData(EnvironmentSort.Target)]
    public async Task Dashboard_SortByWhatIsTheSame_ShowsEachOnce(EnvironmentSort sort) =>
        (await NamesAsync(new EnvironmentFilter { Sort = sort })).Split(' ').ShouldBe(["a", "b"], ignoreOrder: true);

    [Fact]
    public async Task Dashboard_Filters_NarrowWhatIsShown()
    {
        (await NamesAsync(new EnvironmentFilter { Mine = true })).ShouldBe("b");
        (await NamesAsync(new EnvironmentFilter { Group = EnvironmentGroup.Rejected })).ShouldBe("c");
        (await NamesAsync(new EnvironmentFilter { Group = EnvironmentGroup.Requested })).Split(' ').ShouldBe(["a", "b"], ignoreOrder: true);
        (await NamesAsync(new EnvironmentFilter { Search = "A-" + _target })).ShouldBe("a");
        (await Dashboard.DashboardAsync(Fleet.Engineer, new EnvironmentFilter { Search = "%" }, default)).Page.Total.ShouldBe(0);
    }

    [Theory]
    [InlineData("Ready", "Healthy", EnvironmentGroup.Ready)]
    [InlineData("Ready", "Degraded", EnvironmentGroup.Degraded)]
    [InlineData("Changing", "Degraded", EnvironmentGroup.Running)]
    [InlineData("Destroying", "Unknown", EnvironmentGroup.Running)]
    [InlineData("Cancelled", "Unknown", EnvironmentGroup.Failed)]
    [InlineData("Asleep", "Unknown", EnvironmentGroup.Asleep)]
    public async Task Dashboard_Group_IsWhatItsCountCounts(string state, string health, EnvironmentGroup group)
    {
        await using (var connection = await postgres.Database.OpenConnectionAsync())
            await connection.ExecuteAsync("update environments set state = @state, health = @health where target = @_target and state <> 'Rejected'", new { state, health, _target });

        (await NamesAsync(new EnvironmentFilter { Group = group })).Split(' ').ShouldBe(["a", "b"], ignoreOrder: true);
        foreach (var other in Enum.GetValues<EnvironmentGroup>().Where(other => other != group && other != EnvironmentGroup.Rejected))
            (await NamesAsync(new EnvironmentFilter { Group = other })).ShouldBeEmpty(other.ToString());
    }

    [Fact]
    public async Task Dashboard_Attention_IsWhatExpiresSoonOrHasDrifted()
    {
        await using (var connection = await postgres.Database.OpenConnectionAsync())
        {
            await connection.ExecuteAsync(
                """
                update environments set expires_at = now() + case left(name, 1) when 'a' then interval '6 days' else interval '8 days' end where target = @_target;
                insert into drifts (environment_id, step, resource, type, property, found_at)
                  select id, 'cluster', resource, 'AWS::EKS::Cluster', property, now() from environments, (values ('One', 'a'), ('One', 'b'), ('Two', 'a')) d (resource, property)
                  where target = @_target and name like 'b%';
                insert into drift_ignores select id, 'cluster', 'Two', now() + interval '1 day', 'Ops' from environments where target = @_target;
                """, new { _target });
        }

        (await NamesAsync(new EnvironmentFilter { Attention = EnvironmentAttention.Expiring })).ShouldBe("a");
        (await NamesAsync(new EnvironmentFilter { Attention = EnvironmentAttention.Drifted })).ShouldBe("b");
        (await NamesAsync(new EnvironmentFilter { Sort = EnvironmentSort.Expires, Descending = false })).ShouldBe("a b");
        var page = await Dashboard.DashboardAsync(Fleet.Engineer, new EnvironmentFilter { Target = _target, Sort = EnvironmentSort.Name, Descending = false }, default);
        page.Page.Rows.Select(row => row.Drifted).ShouldBe([0, 1], "one resource, and another that somebody left as it is");
        (page.Counts.Drifted, page.Counts.Expiring).ShouldBe((1, 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_000_000)]
    [InlineData(int.MaxValue)]
    public async Task Dashboard_PageBeyondTheLast_IsTheLast(int page)
    {
        var last = (await Dashboard.DashboardAsync(Fleet.Engineer, new EnvironmentFilter { Target = _target, PageSize = 1, Page = page }, default)).Page;

        last.Number.ShouldBe(1);
        last.Total.ShouldBe(2);
        last.Rows.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(RequestSort.Environment, false, "a b c")]
    [InlineData(RequestSort.Number, false, "b a c")]
    [InlineData(RequestSort.Asked, true, "c a b")]
    [InlineData(RequestSort.Decided, false, "c a b")]
    [InlineData(RequestSort.By, true, "a c b")]
    [InlineData(RequestSort.State, false, "c a b")]
    public async Task Requests_Sort_IsTheDatabases(RequestSort sort, bool descending, string names) =>
        (await RequestsAsync(new RequestFilter { Sort = sort, Descending = descending })).ShouldBe(names);

    [Fact]
    public async Task Requests_FiltersAndPages_AreTheDatabases()
    {
        (await RequestsAsync(new RequestFilter { Mine = true })).ShouldBe("c b");
        (await RequestsAsync(new RequestFilter { Search = "b-" + _target })).ShouldBe("b");
        (await RequestsAsync(new RequestFilter { State = RequestState.Submitted })).ShouldBe("b a");
        (await RequestsAsync(new RequestFilter { PageSize = 2, Page = int.MaxValue })).ShouldBe("b");
    }

    private async Task<string> NamesAsync(EnvironmentFilter filter) =>
        Short((await Dashboard.DashboardAsync(Fleet.Engineer, filter with { Target = _target }, default)).Page.Rows.Select(row => row.Name));

    private async Task<string> RequestsAsync(RequestFilter filter) =>
        Short((await Requests.RequestsAsync(Fleet.Engineer, filter with { Target = _target }, default)).Rows.Select(row => row.Environment));

    private static string Short(IEnumerable<string> names) => string.Join(' ', names.Select(name => name[..1]));

    private Specification Shop(string letter, int block) => Samples.Shop($"{letter}-{_target}", $"10.{block}.0.0/16") with { Target = _target };

    private async Task<SubmittedRequest> SubmitAsync(Actor actor, Specification specification)
    {
        var outcome = await _services.GetRequiredService<SubmitRequest>().ExecuteAsync(actor, specification, default);
        outcome.Refusal.ShouldBeNull();
        return outcome.Value!;
    }
}
