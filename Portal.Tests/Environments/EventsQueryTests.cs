using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Environments;

public sealed class EventsQueryTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private readonly ServiceProvider _services =
        new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddPortalCore(null).AddPortalDatabase(postgres.ConnectionString).BuildServiceProvider();
    private Guid _environment;
    private long _last;

    // The submit's own event, then 240: every tenth a warning, every other of step "cluster", every third by Zoe.
    public async Task InitializeAsync()
    {
        var name = $"e-{Guid.NewGuid():N}"[..12];
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync("insert into targets (name, account_id, region, api_access_cidrs) values (@name, '000000000000', 'us-east-1', '0.0.0.0/0')", new { name });
        var outcome = await _services.GetRequiredService<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Samples.Shop(name) with { Target = name }, default);
        _environment = outcome.Value!.EnvironmentId;
        const string many = """
            select max(append_event(@_environment, null, case when n % 2 = 0 then 'cluster' end, 'test', case when n % 10 = 0 then 'Warning' else 'Info' end,
                'node ' || n || ' at 100%_' || n, now(), case when n % 3 = 0 then 'zoe' else 'system' end, case when n % 3 = 0 then 'Zoe' else 'Portal' end, case when n % 3 = 0 then 'Person' else 'System' end, '{"v":1}'))
            from generate_series(1, 240) n
            """;
        _last = await connection.ExecuteScalarAsync<long>(many, new { _environment });
    }

    public async Task DisposeAsync() => await _services.DisposeAsync();

    private EnvironmentQueries Queries => _services.GetRequiredService<EnvironmentQueries>();

    [Theory]
    [InlineData(0, 50)]
    [InlineData(120, 30)]
    public async Task Events_All_ArePlacesBelowTheNewestLookedAt(int skip, int count)
    {
        var stretch = await ReadAsync(new EventFilter(), skip, count);

        stretch.Total.ShouldBe((int)_last);
        stretch.Events.Select(one => one.Number).ShouldBe(Enumerable.Range(0, count).Select(place => _last - skip - place));
    }

    [Fact]
    public async Task Events_NewOnesCome_PlacesStay()
    {
        var warnings = new EventFilter { Severity = EventSeverity.Warning };
        var (all, some) = (await ReadAsync(new EventFilter(), 10, 5), await ReadAsync(warnings, 3, 5));
        await using (var connection = await postgres.Database.OpenConnectionAsync())
            await connection.ExecuteAsync("select append_event(@_environment, null, null, 'test', 'Warning', 'late', now(), 'system', 'Portal', 'System', '{\"v\":1}')", new { _environment });

        Numbers(await ReadAsync(new EventFilter(), 10, 5)).ShouldBe(Numbers(all));
        Numbers(await ReadAsync(warnings, 3, 5)).ShouldBe(Numbers(some));
        (await Queries.EventsAsync(Fleet.Viewer, _environment, warnings, _last + 1, 0, 0, default)).Total.ShouldBe(some.Total + 1);
    }

    [Fact]
    public async Task Events_Filters_NarrowInTheDatabase()
    {
        (await ReadAsync(new EventFilter { Severity = EventSeverity.Warning }, 0, 100)).Total.ShouldBe(24);
        (await ReadAsync(new EventFilter { Step = "cluster", By = "Zoe" }, 0, 100)).Total.ShouldBe(40);
        (await ReadAsync(new EventFilter { Search = "NODE 24" }, 0, 100)).Events.Select(one => one.Message).ShouldBe(["node 240 at 100%_240", "node 24 at 100%_24"]);
        (await ReadAsync(new EventFilter { Search = "CLUST" }, 0, 1)).Total.ShouldBe(120);
        // What a pattern would take for any letters is meant as it stands.
        (await ReadAsync(new EventFilter { Search = "%_7" }, 0, 100)).Total.ShouldBe(11);
        (await ReadAsync(new EventFilter { Search = "node_7" }, 0, 100)).Total.ShouldBe(0);
        (await ReadAsync(new EventFilter { Severity = EventSeverity.Warning }, 20, 100)).Events.Count.ShouldBe(4);
    }

    [Fact]
    public async Task Events_TooManyAskedFor_GivesAPage() => (await ReadAsync(new EventFilter(), -5, int.MaxValue)).Events.Count.ShouldBe(EnvironmentQueries.MaxPageSize);

    [Fact]
    public async Task Actors_AreEachNamedOnce() =>
        (await Queries.ActorsAsync(Fleet.Viewer, _environment, default)).ShouldBe([Fleet.Engineer.Name, "Portal", "Zoe"], ignoreOrder: true);

    [Fact]
    public async Task Events_WhoMayNotLook_IsRefused()
    {
        var nobody = new Actor("x", "X", new HashSet<string>());

        await Should.ThrowAsync<UnauthorizedAccessException>(() => Queries.EventsAsync(nobody, _environment, new EventFilter(), _last, 0, 10, default));
        await Should.ThrowAsync<UnauthorizedAccessException>(() => Queries.ActorsAsync(nobody, _environment, default));
    }

    private static IEnumerable<long> Numbers(EventStretch stretch) => stretch.Events.Select(one => one.Number);

    private Task<EventStretch> ReadAsync(EventFilter filter, int skip, int count) => Queries.EventsAsync(Fleet.Viewer, _environment, filter, _last, skip, count, default);
}
