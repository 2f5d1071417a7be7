using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Portal.Core;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Requests;
using Portal.Tests.Browser;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Pages;

/// <summary>The lists of an environment that are too long to be drawn whole, in a real browser.</summary>
public sealed class LongListsTests(ChromiumFixture chromium) : IClassFixture<ChromiumFixture>, IAsyncLifetime
{
    private const string Page = "/environments/shop-staging";
    private ServiceProvider _services = null!;
    private PortalUnderTest _portal = null!;
    private Person _engineer = null!;
    private Guid _environment;
    private int _appended;

    // 5,000 events and 400 resources.
    public async Task InitializeAsync()
    {
        var database = await PostgresFixture.CreateDatabaseAsync();
        _portal = await PortalUnderTest.StartAsync(database, "Development");
        _services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddPortalCore(null).AddPortalDatabase(database).BuildServiceProvider();
        _environment = (await _services.GetRequiredService<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Samples.Shop(), default)).Value!.EnvironmentId;
        await AppendAsync(5_000, "Info");
        await using var connection = await _services.GetRequiredService<Npgsql.NpgsqlDataSource>().OpenConnectionAsync();
        const string resources = """
            insert into resources (environment_id, step, type, name, physical_id, state, ready, reason, changed_at)
            select @_environment, case when n % 2 = 0 then 'net-core' else 'cluster' end, case when n % 4 = 0 then 'AWS::EC2::Subnet' else 'Kubernetes::Pod' end, 'thing-' || n,
                   'arn:aws:test:us-east-1:000000000000:thing/' || n, case when n % 50 = 0 then 'CREATE_IN_PROGRESS' else 'CREATE_COMPLETE' end, n % 50 <> 0,
                   case when n % 50 = 0 then 'Resource creation initiated, waiting for what it depends on' end, now()
            from generate_series(1, 400) n
            """;
        await connection.ExecuteAsync(resources, new { _environment });
        _engineer = await Person.SignInAsync(chromium.Browser, _portal.Address, "engineer");
    }

    public async Task DisposeAsync()
    {
        await chromium.CloseAsync();
        await _portal.DisposeAsync();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task Events_NewOnes_ComeOnTopAndLeaveAReaderHisPlace()
    {
        await _engineer.GoAsync($"{Page}?tab=events");
        await Row("event 5000 ").WaitForAsync();
        await _engineer.LookAsync("long-events");

        await AppendAsync(1, "Warning");
        await Row("event 5001 ").WaitForAsync();
        (await Grid.Locator("tbody tr").CountAsync()).ShouldBeLessThan(80);

        await ScrollAsync(46 * 2_500);
        await Row("event 2490 ").WaitForAsync();
        var before = await SeenAsync();
        await AppendAsync(2, "Warning");
        var button = _engineer.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "2 new" });
        await button.WaitForAsync();
        (await SeenAsync()).ShouldBe(before);

        await button.ClickAsync();
        await Row("event 5003 ").WaitForAsync();
        await button.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });

        await ScrollAsync(46 * 6_000);
        await Row("event 1 of").WaitForAsync();
        _engineer.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Events_Filters_StandInTheAddress()
    {
        await AppendAsync(3, "Error");
        await _engineer.GoAsync($"{Page}?tab=events&severity=nonsense");
        await _engineer.Page.GetByText("severity 'nonsense'").WaitForAsync();
        await _engineer.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Error", Exact = true }).ClickAsync();
        await _engineer.Page.GetByText("3 events, newest first").WaitForAsync();
        _engineer.Page.Url.ShouldEndWith("?tab=events&severity=error");

        await _engineer.Page.GetByLabel("Search events").FillAsync("event 5002");
        await _engineer.Page.GetByText("1 event, newest first").WaitForAsync();
        await Row("event 5002 ").WaitForAsync();
        await _engineer.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "All steps" }).ClickAsync();
        await _engineer.Page.GetByRole(AriaRole.Menuitemradio, new PageGetByRoleOptions { Name = "VPC and subnets" }).ClickAsync();
        await _engineer.Page.GetByText("None of them matches").WaitForAsync();
        await _engineer.LookAsync("long-events-none");
        await _engineer.Page.ReloadAsync();
        await _engineer.Page.GetByText("0 events, newest first").WaitForAsync();
        _engineer.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Resources_SearchFilterAndOrder_StandInTheAddress()
    {
        await _engineer.GoAsync($"{Page}?tab=resources");
        await Row("thing-100").First.WaitForAsync();
        (await Grid.Locator("tbody tr").CountAsync()).ShouldBeLessThan(60);
        await _engineer.LookAsync("long-resources");

        await _engineer.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Not ready 8" }).ClickAsync();
        await _engineer.Page.GetByText("8 of 400 resources").WaitForAsync();
        await _engineer.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Name", Exact = true }).ClickAsync();
        await Grid.Locator("th.name", new LocatorLocatorOptions { HasText = "ascending" }).WaitForAsync();
        (await Grid.Locator("tbody td.name").AllInnerTextsAsync()).Take(2).ShouldBe(["thing-100", "thing-150"]);
        await _engineer.LookAsync("long-resources-waiting");
        await _engineer.Page.GetByLabel("Search resources").FillAsync("thing/300");
        await _engineer.Page.GetByText("1 of 400 resources").WaitForAsync();
        _engineer.Page.Url.ShouldEndWith("?tab=resources&search=thing%2F300&state=waiting&sort=name");
        _engineer.Faults.ShouldBeEmpty();
    }

    private ILocator Grid => _engineer.Page.Locator(".long-list");

    private ILocator Row(string text) => Grid.Locator("tbody tr", new LocatorLocatorOptions { HasText = text });

    private Task ScrollAsync(int top) => _engineer.Page.EvaluateAsync("top => document.querySelector('.long-list .mud-table-container').scrollTo(0, top)", top);

    /// <summary>The row that stands in the middle of the list.</summary>
    private Task<string> SeenAsync() => _engineer.Page.EvaluateAsync<string>(
        "() => { const box = document.querySelector('.long-list').getBoundingClientRect(); return document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2).closest('tr').innerText; }");

    /// <summary>"event N …", N being how many there are.</summary>
    private async Task AppendAsync(int count, string severity)
    {
        const string append = """
            select append_event(@_environment, null, case when n % 3 = 0 then 'cluster' end, 'test', @severity,
                'event ' || n || ' of a node that tells at some length what it does and why that takes it until later', now(),
                case when n % 5 = 0 then 'zoe' else 'system' end, case when n % 5 = 0 then 'Zoe' else 'Portal' end, case when n % 5 = 0 then 'Person' else 'System' end, '{"v":1}')
            from generate_series(@_appended + 1, @_appended + @count) n
            """;
        await _services.GetRequiredService<Transactions>().DoAsync(async work =>
        {
            await work.Connection.ExecuteAsync(append, new { _environment, _appended, severity, count });
            await work.ChangedAsync(_environment);
        }, default);
        _appended += count;
    }
}
