using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Persistence;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Browser;

/// <summary>What pages say of an environment that is not as it should be, or that nobody sees.</summary>
public sealed class HealthPagesTests(ChromiumFixture chromium) : IClassFixture<ChromiumFixture>, IAsyncLifetime
{
    private PortalUnderTest _portal = null!;
    private ServiceProvider _services = null!;

    public async Task InitializeAsync()
    {
        var database = await PostgresFixture.CreateDatabaseAsync();
        _portal = await PortalUnderTest.StartAsync(database, "Development");
        _services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddPortalCore(null).AddPortalDatabase(database).BuildServiceProvider();
    }

    public async Task DisposeAsync()
    {
        await chromium.CloseAsync();
        await _portal.DisposeAsync();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task Environment_DegradedAndThenUnseen_IsNowhereReady()
    {
        var environment = await StandAsync("shop-staging", "10.40.0.0/16",
            new HealthReason(HealthRules.DeploymentShort, "svc-cart-service", "cart-service", "cart-service: 1 of 3 pods is ready: pod cart-service-7d4b9c6f5-x2x8q is in CrashLoopBackOff: back-off 40s restarting failed container."),
            new HealthReason(HealthRules.StackGone, "data-user-service", "shop-staging-data-user-service", "Cognito and SSM for user-service (stack shop-staging-data-user-service) is gone: it was deleted, and not by an operation of the portal."));
        await StandAsync("shop-well", "10.41.0.0/16");
        // No service is Ready of which no pod was ever seen.
        await DoAsync(
            """
            insert into resources (environment_id, step, type, name, state, ready, changed_at)
            select @environment, 'svc-product-service', 'Kubernetes::Pod', 'shop-staging/product-service-' || number, 'Running', true, now() from generate_series(1, 3) number
            """, new { environment });
        var engineer = await Person.SignInAsync(chromium.Browser, _portal.Address, "engineer");

        await engineer.Page.Locator("a.chip:has-text('Degraded 1')").ClickAsync();
        await engineer.Page.Locator("td.state:has-text('cart-service: 1 of 3 pods')").WaitForAsync();
        await engineer.Page.Locator("tbody tr:has-text('shop-well')").WaitForAsync(new() { State = Microsoft.Playwright.WaitForSelectorState.Detached });
        await engineer.GoAsync("/?state=all");
        await engineer.LookAsync("dashboard-degraded");
        await engineer.GoAsync("/environments/shop-staging");
        await engineer.Page.Locator("section[aria-label=Degraded] li:has-text('is gone')").WaitForAsync();
        (await engineer.Page.Locator("#node-service-cart-service.warn").CountAsync()).ShouldBe(1);
        (await engineer.Page.Locator("#node-service-product-service.ok").CountAsync()).ShouldBe(1);
        await engineer.LookAsync("environment-degraded");

        // Nobody is left who could tell the page.
        await DoAsync("delete from workers");

        await engineer.Page.Locator("h1 ~ * :text('Not seen since'), .chip:has-text('Not seen since')").First.WaitForAsync();
        await engineer.Page.Locator("section[aria-label='Not seen']").WaitForAsync();
        (await engineer.Page.Locator(".node.ok").CountAsync()).ShouldBe(0);
        await engineer.LookAsync("environment-unseen");
        await engineer.GoAsync("/?state=all");
        await engineer.Page.Locator("td.state:has-text('Not seen since')").First.WaitForAsync();
        engineer.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Drift_FoundLeftAndCountedAgain_ShowsOnItsTab()
    {
        var environment = await StandAsync("shop-staging", "10.40.0.0/16");
        await DoAsync(
            """
            insert into deployments (environment_id, step, plan, complete, operation_id, created_at, changed_at)
            select o.environment_id, s ->> 'name', s, true, o.id, now(), now() from operations o, jsonb_array_elements(o.plan -> 'steps') s where o.environment_id = @environment;
            insert into drift_checks (environment_id, asked_at, asked_by, finished_at) values (@environment, now() - interval '2 minutes', 'Portal', now() - interval '1 minute');
            insert into drifts (environment_id, step, resource, type, property, expected, found, found_at) values
              (@environment, 'net-core', 'Vpc', 'AWS::EC2::VPC', '/EnableDnsSupport', 'true', 'false', now() - interval '3 hours'),
              (@environment, 'svc-cart-service', 'Deployment/cart-service', 'Kubernetes::Deployment', '/spec/template/spec/containers[cart-service]/image', 'ghcr.io/shop/cart:1.0', 'ghcr.io/shop/cart:by-hand', now() - interval '1 minute'),
              (@environment, 'svc-cart-service', 'Deployment/cart-service', 'Kubernetes::Deployment', '/spec/template/spec/containers[cart-service]/env[DEBUG]', null, '{"name":"DEBUG","value":"1"}', now() - interval '1 minute'),
              (@environment, 'svc-user-service', 'PodDisruptionBudget/user-service', 'Kubernetes::PodDisruptionBudget', '', null, null, now() - interval '1 minute');
            """, new { environment });
        var engineer = await Person.SignInAsync(chromium.Browser, _portal.Address, "engineer");
        await engineer.GoAsync("/environments/shop-staging?tab=drift");
        await engineer.Page.GetByText("3 resources were different").WaitForAsync();
        await engineer.LookAsync("environment-drift");

        await engineer.Page.Locator("tr:has-text('PodDisruptionBudget') button").ClickAsync();
        await engineer.Page.Locator("#ignore-until").WaitForAsync();
        await engineer.LookAsync("environment-drift-ignore");
        await engineer.ClickAsync("Leave it until then");
        await engineer.Page.GetByText("2 resources were different").WaitForAsync();
        await engineer.Page.GetByText("left as it is until").WaitForAsync();
        await engineer.ClickAsync("Count it again");
        await engineer.Page.GetByText("3 resources were different").WaitForAsync();

        await engineer.ClickAsync("Check now");
        await engineer.Page.GetByText("Engineer asked at").WaitForAsync();
        await engineer.ClickAsync("Make it as planned");
        await engineer.Page.Locator(".mud-dialog button:has-text('Make it as planned')").ClickAsync();
        await engineer.Page.Locator(".chip:has-text('Changing')").First.WaitForAsync();

        // Meanwhile something else is asked for: it waits, in sight, and can be taken back.
        await engineer.GoAsync("/environments/shop-staging?node=service-cart-service");
        await engineer.ClickAsync("Restart");
        await engineer.Page.GetByRole(Microsoft.Playwright.AriaRole.Dialog).GetByText("It waits until what is under way has ended").WaitForAsync();
        await engineer.Page.GetByRole(Microsoft.Playwright.AriaRole.Dialog).GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Restart" }).ClickAsync();
        await engineer.Page.GetByRole(Microsoft.Playwright.AriaRole.Heading, new() { Name = "Waits for its turn" }).WaitForAsync();
        await engineer.LookAsync("environment-line");
        await engineer.ClickAsync("Withdraw");
        await engineer.Page.GetByRole(Microsoft.Playwright.AriaRole.Heading, new() { Name = "Waits for its turn" }).WaitForAsync(new() { State = Microsoft.Playwright.WaitForSelectorState.Detached });

        var viewer = await Person.SignInAsync(chromium.Browser, _portal.Address, "viewer");
        await viewer.GoAsync("/environments/shop-staging?tab=drift");
        await viewer.Page.Locator("td:has-text('EnableDnsSupport')").WaitForAsync();
        (await viewer.Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Check now" }).CountAsync()).ShouldBe(0);
        engineer.Faults.ShouldBeEmpty();
    }

    /// <summary>An environment as it is when its creation has succeeded; a worker is alive for as long as the test wants.</summary>
    private async Task<Guid> StandAsync(string name, string cidr, params HealthReason[] reasons)
    {
        var submitted = (await _services.GetRequiredService<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Samples.Shop(name, cidr), default)).Value!;
        var detail = (await _services.GetRequiredService<RequestQueries>().RequestAsync(Fleet.Engineer, submitted.Number, default))!;
        (await _services.GetRequiredService<DecideRequest>().ExecuteAsync(Fleet.Ops, submitted.Id, Verdict.Approve, detail.Request.PlanHash, null, default)).IsRefused.ShouldBeFalse();
        await DoAsync(
            """
            update operations set state = 'Succeeded', started_at = created_at, finished_at = created_at where environment_id = @EnvironmentId;
            update steps set state = 'Succeeded', started_at = now(), finished_at = now() where operation_id in (select id from operations where environment_id = @EnvironmentId);
            update environments set state = 'Ready', health = @health, health_since = now(), health_reasons = @reasons::jsonb where id = @EnvironmentId;
            insert into workers (id, started_at, seen_at) values ('w-1', now(), now() + interval '1 hour') on conflict do nothing;
            insert into observers (target, owner, epoch, seen_at) select target, 'w-1', 1, now() from environments where id = @EnvironmentId on conflict do nothing;
            """,
            new { submitted.EnvironmentId, health = reasons.Length > 0 ? "Degraded" : "Healthy", reasons = JsonSerializer.Serialize(reasons, Specification.Json) });
        return submitted.EnvironmentId;
    }

    private async Task DoAsync(string sql, object? arguments = null)
    {
        await using var connection = await _services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync();
        await connection.ExecuteAsync(sql, arguments);
    }
}
