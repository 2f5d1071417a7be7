using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Portal.Stage;
using Portal.Tests.Fixtures;
using Portal.Worker;
using Portal.Worker.Aws;
using Xunit.Abstractions;

namespace Portal.Tests.Browser;

/// <summary>The main job, as the engineer and ops do it; the emulator's own ledger is the judge.</summary>
public sealed class StoryTests(ChromiumFixture chromium, ITestOutputHelper output) : IClassFixture<ChromiumFixture>
{
    private const string Environment = "shop-staging";

    [Fact]
    public async Task Story_EngineerAsksAndOpsApprove_TheSeedsExampleComesUp()
    {
        await using var portal = await EmbeddedPortal.StartAsync();
        var engineer = await Person.SignInAsync(chromium.Browser, portal.Address, "engineer");
        var ops = await Person.SignInAsync(chromium.Browser, portal.Address, "ops");

        await engineer.TellAsync(() => AskAsync(engineer));
        await ops.Page.Locator("nav .count").WaitForAsync();
        await ApproveAsync(ops);
        var approved = TimeProvider.System.GetTimestamp();
        await engineer.GoAsync($"/environments/{Environment}");
        await engineer.Page.Locator("#node-cluster.busy").WaitForAsync();
        await engineer.LookAsync("environment-provisioning");
        await engineer.TellAsync(() => engineer.Page.Locator("h1 ~ .chip.ok").WaitForAsync());
        output.WriteLine($"Ready {TimeProvider.System.GetElapsedTime(approved).TotalSeconds:0.0} s after the approval.");
        await LookAroundAsync(engineer, ops);

        await LedgerTellsOfEverythingOnceAsync(portal);
        await portal.RestartAsync();
        await StillReadyAsync(portal, engineer);
        await engineer.TellAsync(() => ChangeAsync(engineer, ops));
        await engineer.TellAsync(() => SleepAsync(engineer));
        await engineer.TellAsync(() => DestroyAsync(engineer, ops));
        await NothingIsLeftAsync(portal);

        engineer.Faults.ShouldBeEmpty();
        ops.Faults.ShouldBeEmpty();
    }

    private static async Task AskAsync(Person engineer)
    {
        await engineer.LookAsync("dashboard-empty");
        await engineer.GoAsync("/requests/new");
        await engineer.Page.FillAsync("#field-environment", "Shop Staging");
        await engineer.Page.PressAsync("#field-environment", "Tab");
        await engineer.Page.GetByText("Try 'shop-staging'").First.WaitForAsync();
        await engineer.LookAsync("request-refused");
        (await engineer.Page.InputValueAsync("#field-environment")).ShouldBe("Shop Staging");
        await engineer.Page.FillAsync("#field-environment", Environment);
        await engineer.Page.GetByText("Try 'shop-staging'").First.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        foreach (var step in new[] { "network", "cluster", "services" })
        {
            await engineer.ClickAsync("Continue");
            await engineer.Page.Locator($"#step-{step}").WaitForAsync();
            engineer.Page.Url.ShouldContain($"step={step}");
            await engineer.LookAsync($"request-{step}");
            if (step == "network")
                await FrontDoorAsync(engineer);
        }

        await engineer.ClickAsync("Add all 3 of the shop example");
        await engineer.Page.GetByText("3 paths without a conflict").WaitForAsync();
        var products = engineer.Page.Locator("article", new PageLocatorOptions { HasText = "product-service" }).First;
        await products.GetByRole(AriaRole.Checkbox, new LocatorGetByRoleOptions { Name = "cart-service" }).CheckAsync();
        await RoutesAsync(products);
        await products.Locator("summary", new LocatorLocatorOptions { HasText = "Variables" }).ClickAsync();
        await products.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Add a variable" }).ClickAsync();
        await products.GetByLabel("Name", new LocatorGetByLabelOptions { Exact = true }).FillAsync("SHOP_DB");
        await products.GetByLabel("Value", new LocatorGetByLabelOptions { Exact = true }).FillAsync("${store.HOST}");
        await products.GetByLabel("Name", new LocatorGetByLabelOptions { Exact = true }).FocusAsync();
        await products.GetByText("There is nothing called ${store.HOST}").WaitForAsync();
        await products.GetByText("Resources and running").ClickAsync();
        await engineer.LookAsync("request-services-chosen");
        await products.GetByLabel("Value", new LocatorGetByLabelOptions { Exact = true }).FillAsync("${store.DATABASE_HOST}");
        await engineer.Page.GetByText("3 paths without a conflict").WaitForAsync();
        await engineer.ClickAsync("Review");
        await engineer.Page.Locator("#step-review").WaitForAsync();
        await engineer.LookAsync("request-review");
        await engineer.ClickAsync("Submit for approval");
        await engineer.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Request 1" }).WaitForAsync();
        await engineer.LookAsync("request-submitted");
    }

    /// <summary>What the seed writes into its first two boxes: the API's own name, keys and limits; TLS at the load balancer.</summary>
    private static async Task FrontDoorAsync(Person engineer)
    {
        const string Certificate = "arn:aws:acm:us-east-1:000000000000:certificate/";
        await UnfoldAsync(engineer.Page.Locator("form"), "Clients and keys");
        await engineer.ClickAsync("Add a client");
        await engineer.Page.FillAsync("#field-edge-clients-0-name", "web-shop");
        await engineer.Page.FillAsync("#field-edge-clients-0-throttleRate", "20");
        await UnfoldAsync(engineer.Page.Locator("form"), "Own domain");
        await engineer.Page.FillAsync("#field-edge-domainName", "api.example.com");
        await engineer.Page.FillAsync("#field-edge-certificateArn", Certificate + "api");
        await engineer.Page.FillAsync("#field-edge-hostedZoneId", "Z0123456789ABCDEFGHIJ");
        await UnfoldAsync(engineer.Page.Locator("form"), "Load balancer");
        await engineer.Page.FillAsync("#field-edge-loadBalancer-certificateArn", Certificate + "alb");
        await engineer.Page.FillAsync("#field-edge-loadBalancer-serverName", "alb.shop.example.com");
    }

    /// <summary>As the seed says: GET /products for who signed in, GET /products/{id} for everybody.</summary>
    private static async Task RoutesAsync(ILocator products)
    {
        await UnfoldAsync(products, "Routes that differ");
        await products.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Add a route" }).ClickAsync();
        await products.Locator("#field-service-1-routes-0-authentication").SelectOptionAsync("Cognito");
        await products.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Add a route" }).ClickAsync();
        await products.Locator("#field-service-1-routes-1-method").SelectOptionAsync("POST");
        await products.Locator("#field-service-1-routes-1-apiKeyRequired").CheckAsync();
    }

    private static Task UnfoldAsync(ILocator within, string title) => within.Locator("details.section > summary", new LocatorLocatorOptions { HasText = title }).First.ClickAsync();

    private static async Task ApproveAsync(Person ops)
    {
        await ops.GoAsync("/approvals");
        await ops.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Approve" }).WaitForAsync();
        await ops.LookAsync("approvals");
        await ops.ClickAsync("Approve");
        await ops.Page.GetByText("approved", new PageGetByTextOptions { Exact = false }).First.WaitForAsync();
    }

    private static async Task LookAroundAsync(Person engineer, Person ops)
    {
        await engineer.Page.Locator("#node-client.ok").WaitForAsync();
        await TheApiOpensAsync(engineer);
        await engineer.LookAsync("environment-ready");
        await SendAsync(engineer);
        await engineer.PrintAsync("environment");
        foreach (var tab in new[] { "timeline", "resources", "events" })
        {
            await TabAsync(engineer, tab);
            await engineer.Page.Locator($".tabs [aria-current]:has-text('{tab}')").WaitForAsync();
            await engineer.LookAsync($"environment-{tab}");
        }

        await ReplayAsync(engineer);
        await ops.GoAsync("/");
        await ops.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = Environment }).WaitForAsync();
        await ops.LookAsync("dashboard");
        await ops.PrintAsync("dashboard");
        await ops.GoAsync("/requests");
        await ops.Page.GetByText(Environment).First.WaitForAsync();
        await ops.LookAsync("requests");
        await ops.GoAsync("/operations");
        await ops.Page.GetByText("nothing is under way, and nothing waits for you").WaitForAsync();
        await ops.Page.GetByText("of 200 VPCs").WaitForAsync();
        await ops.LookAsync("operations");
        await ops.GoAsync("/wall");
        await ops.Page.GetByText("All is well.").WaitForAsync();
        await ops.LookAsync("wall");
    }

    /// <summary>A real request from the picture: the route is closed, so it ends at the sign-in.</summary>
    private static async Task SendAsync(Person engineer)
    {
        var page = engineer.Page;
        await engineer.GoAsync($"/environments/{Environment}?node=client");
        await page.GetByText("This route asks for a sign-in").WaitForAsync();
        await engineer.ClickAsync("Send GET");
        await page.Locator(".sent .chip:has-text('401')").WaitForAsync();
        await page.Locator(".hops li:has-text('401 is as it should be')").WaitForAsync();
    }

    /// <summary>The making of it, looked at as it went, in each of the views; by keys alone.</summary>
    private static async Task ReplayAsync(Person engineer)
    {
        var page = engineer.Page;
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Replay" }).PressAsync("Enter");
        var moment = page.GetByRole(AriaRole.Slider, new PageGetByRoleOptions { Name = "Moment of the replay" });
        await moment.PressAsync("Home");
        await page.Locator(".heading .chip:has-text('Provisioning 0 %')").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "To the next event" }).PressAsync("Enter");
        await moment.PressAsync("PageUp");
        await moment.PressAsync("PageUp");
        foreach (var tab in new[] { "timeline", "resources", "events", "topology" })
        {
            await TabAsync(engineer, tab);
            await page.Locator(".heading .chip:has-text('Provisioning')").WaitForAsync();
            if (tab != "events")
                continue;
            // What narrows a list stays in the replay.
            await page.GetByLabel("Severity").GetByText("Success").ClickAsync();
            await page.Locator(".events [aria-current]:has-text('Success')").WaitForAsync();
            await page.Locator(".heading .chip:has-text('Provisioning')").WaitForAsync();
        }

        await engineer.LookAsync("replay");
        // What is taken out of it is of its moment, and says so.
        (await page.EvaluateAsync<string>("async () => (await fetch(document.querySelector('.export a').href)).text()")).ShouldContain("Provisioning · as it was at ");
        // Whoever is sent the address sees the same moment.
        var said = await page.Locator(".replay .when").InnerTextAsync();
        await page.ReloadAsync();
        (await page.Locator(".replay .when").InnerTextAsync()).ShouldBe(said);
        await moment.PressAsync("End");
        await page.Locator(".heading .chip.ok:has-text('Ready')").WaitForAsync();
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Back to now" }).PressAsync("Enter");
        await page.Locator(".to-replay").WaitForAsync();
    }

    private static Task TabAsync(Person engineer, string tab) => engineer.Page.Locator($".tabs a:has-text('{tab}')").First.ClickAsync();

    /// <summary>A service restarts, then the whole environment sleeps, by hand, and wakes up again.</summary>
    private static async Task SleepAsync(Person engineer)
    {
        await engineer.GoAsync($"/environments/{Environment}?node=service-cart-service");
        await engineer.ClickAsync("Restart");
        await engineer.LookAsync("service-restart");
        await engineer.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Restart" }).ClickAsync();
        await engineer.Page.Locator("h1 ~ .chip.busy").WaitForAsync();
        await engineer.Page.Locator("h1 ~ .chip.ok").WaitForAsync();
        await engineer.ClickAsync("Scale");
        await engineer.Page.FillAsync("#scale-pods", "0");
        await engineer.ClickAsync("Scale cart-service");
        await engineer.Page.GetByText("0 is out of range").First.WaitForAsync();
        await engineer.LookAsync("service-scale");
        await engineer.ClickAsync("Leave it as it is");

        await engineer.ClickAsync("Lifetime and sleep");
        await engineer.Page.GetByLabel("It expires").CheckAsync();
        await engineer.Page.GetByLabel("It sleeps by a timetable").CheckAsync();
        await engineer.Page.FillAsync("#care-zone", "Berlin");
        await engineer.ClickAsync("Save");
        await engineer.Page.GetByText("There is no time zone 'Berlin'").WaitForAsync();
        await engineer.LookAsync("care");
        await engineer.Page.GetByLabel("It sleeps by a timetable").UncheckAsync();
        await engineer.ClickAsync("Save");
        await engineer.Page.GetByText("in 14 days").WaitForAsync();

        await engineer.ClickAsync("Send to sleep");
        await engineer.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Send to sleep" }).ClickAsync();
        await engineer.Page.GetByText("its nodes and databases rest").WaitForAsync();
        await engineer.LookAsync("environment-asleep");
        await engineer.ClickAsync("Wake up");
        await engineer.Page.Locator("h1 ~ .chip.ok").WaitForAsync();
        await engineer.LookAsync("environment-awake");
    }

    private static async Task TheApiOpensAsync(Person engineer)
    {
        var address = await engineer.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Open the API" }).GetAttributeAsync("href");
        using var browser = new HttpClient();
        using var list = await browser.GetAsync(address);
        list.StatusCode.ShouldBe(System.Net.HttpStatusCode.Unauthorized, address);
        using var product = await browser.GetAsync(address + "/42");
        product.StatusCode.ShouldBe(System.Net.HttpStatusCode.OK, address);
        await engineer.Page.GetByText("api.example.com. A, alias of").First.WaitForAsync();
    }

    private static async Task LedgerTellsOfEverythingOnceAsync(EmbeddedPortal portal)
    {
        using var emulator = new HttpClient { BaseAddress = portal.Emulator };
        var effects = await emulator.GetFromJsonAsync<List<LedgerEntry>>("/_emulator/ledger?kind=effect", JsonSerializerOptions.Web);
        string[] steps =
        [
            "iam", "net-core", "net-egress", "cluster", "nodes", "edge-base", "edge-routes", "data-product-service", "data-user-service", "data-cart-service",
            "bind-product-service", "bind-user-service", "bind-cart-service", "secrets", "user-product-service",
        ];
        effects!.Where(entry => entry is { Service: "cloudformation", Action: "CREATE_COMPLETE" } && entry.Subject != SandboxAccount.StackName).Select(entry => entry.Subject)
            .ShouldBe(steps.Select(step => $"{Environment}-{step}"), ignoreOrder: true);
        Created("AWS::RDS::DBCluster ").ShouldBe(1);
        Created("AWS::Cognito::UserPool ").ShouldBe(1);
        Created($"AWS::SSM::Parameter {Environment}-data-user-service/").ShouldBe(4);
        Created("AWS::DynamoDB::Table ").ShouldBe(1);
        effects!.Count(entry => entry is { Service: "elasticloadbalancing", Action: "create" }).ShouldBe(1);

        var cluster = (await emulator.GetFromJsonAsync<JsonArray>("/_emulator/clusters"))!.ShouldHaveSingleItem()!;
        cluster["releases"]!.AsArray().Select(release => $"{release!["name"]} {release["version"]} {release["status"]}").ShouldBe(
        [
            "aws-load-balancer-controller 1 deployed", "cluster-autoscaler 1 deployed", $"{Environment}-namespace 1 deployed", "ingress 1 deployed", "product-service-dbuser 1 deployed", "product-service 1 deployed", "user-service 1 deployed", "cart-service 1 deployed",
        ], ignoreOrder: true);
        cluster["namespaces"]!.AsArray().Single(item => item!["name"]!.GetValue<string>() == Environment)!["deployments"]!.AsArray()
            .Select(item => $"{item!["name"]} {item["ready"]}").ShouldBe(["product-service 3", "user-service 2", "cart-service 3"], ignoreOrder: true);
        (await RulesAsync(portal)).ShouldBe(["/cart", "/cart/*", "/products", "/products/*", "/users", "/users/*", "/v1/cart", "/v1/cart/*", "/v1/products", "/v1/products/*", "/v1/users", "/v1/users/*"]);

        int Created(string what) => effects!.Count(entry => entry.Action == "create" && entry.Detail?.StartsWith(what, StringComparison.Ordinal) == true);
    }

    /// <summary>As the product's own client reads them over ELBv2's protocol.</summary>
    private static async Task<IReadOnlyList<string>> RulesAsync(EmbeddedPortal portal)
    {
        var secrets = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(portal.DataFolder, "secrets.json")))!;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Worker:Aws:AccessKeyId"] = secrets["AccessKeyId"]!.GetValue<string>(),
            ["Worker:Aws:SecretAccessKey"] = secrets["SecretAccessKey"]!.GetValue<string>(),
        }).Build();
        await using var services = new ServiceCollection().AddLogging().AddGateways(configuration).BuildServiceProvider();
        var target = new AwsTarget("sandbox", "000000000000", "us-east-1", null, portal.Emulator.ToString());
        var loadBalancers = services.GetRequiredService<ILoadBalancers>();
        var found = await loadBalancers.FindAsync(target, $"{Environment}-alb", CancellationToken.None);
        var rules = await loadBalancers.RulesAsync(target, found!.Arn, CancellationToken.None);
        return [.. rules.SelectMany(rule => rule.PathPatterns).Order(StringComparer.Ordinal)];
    }

    private static async Task StillReadyAsync(EmbeddedPortal portal, Person engineer)
    {
        await engineer.GoAsync($"/environments/{Environment}");
        await engineer.Page.Locator("h1 ~ .chip.ok").WaitForAsync();
        using var emulator = new HttpClient { BaseAddress = portal.Emulator };
        var cluster = (await emulator.GetFromJsonAsync<JsonArray>("/_emulator/clusters"))!.ShouldHaveSingleItem()!;
        cluster["namespaces"]!.AsArray().Single(item => item!["name"]!.GetValue<string>() == Environment)!["ready"]!.GetValue<int>().ShouldBe(8);
    }

    /// <summary>Another image of one service: only its release is touched.</summary>
    private static async Task ChangeAsync(Person engineer, Person ops)
    {
        await engineer.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Change", Exact = true }).ClickAsync();
        await engineer.LookAsync("change-environment");
        await engineer.GoAsync($"/environments/{Environment}/change?step=services");
        await engineer.Page.Locator("#field-service-3-replicas").WaitForAsync();
        await engineer.Page.FillAsync("#field-service-3-replicas", "many");
        await engineer.Page.GetByText("'many' is not a whole number").First.WaitForAsync();
        await engineer.LookAsync("change-refused");
        await engineer.Page.FillAsync("#field-service-3-replicas", "3");
        await engineer.Page.FillAsync("#field-service-1-image", "ghcr.io/shop/products:2.0");
        await engineer.Page.GetByText("1 step of the environment's has").WaitForAsync();
        await engineer.Page.Locator($"a[href='/environments/{Environment}/change?step=network']").ClickAsync();
        await UnfoldAsync(engineer.Page.Locator("form"), "Versions");
        await engineer.ClickAsync("Add v2, keep v1");
        await engineer.Page.GetByText("with its routes as they were").WaitForAsync();
        // The version at the API and at the load balancer.
        await engineer.Page.GetByText("3 steps of the environment's have").WaitForAsync();
        await engineer.Page.Locator($"a[href='/environments/{Environment}/change?step=services']").ClickAsync();
        await engineer.LookAsync("change");
        await engineer.ClickAsync("Review");
        await engineer.Page.Locator("#step-review").WaitForAsync();
        await engineer.Page.Locator("#review-plan").WaitForAsync();
        await engineer.LookAsync("change-review");
        await engineer.ClickAsync("Ask for the change");
        await engineer.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Request 2" }).WaitForAsync();
        await engineer.LookAsync("request-change");
        await DecideAsync(ops, "approvals-change", "is being changed");
        await engineer.GoAsync($"/environments/{Environment}?tab=events");
        await engineer.Page.GetByText($"Change of {Environment} started").First.WaitForAsync();
        await engineer.GoAsync($"/environments/{Environment}");
        await engineer.Page.Locator("h1 ~ .chip.ok").WaitForAsync();
        await engineer.Page.Locator("#node-client.ok").WaitForAsync();
        var address = await engineer.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Open the API" }).GetAttributeAsync("href");
        address.ShouldEndWith("/v2/products");
        using var browser = new HttpClient();
        foreach (var version in new[] { "v1", "v2" })
            (await browser.GetAsync(address!.Replace("/v2/", $"/{version}/", StringComparison.Ordinal) + "/42")).StatusCode.ShouldBe(System.Net.HttpStatusCode.OK, version);
    }

    private static async Task DestroyAsync(Person engineer, Person ops)
    {
        await engineer.ClickAsync("Destroy");
        await engineer.Page.GetByText("stacks and releases are taken away").WaitForAsync();
        await engineer.LookAsync("destroy-dialog");
        await engineer.ClickAsync("Ask to destroy");
        await engineer.Page.GetByText($"Type the name '{Environment}'").WaitForAsync();
        await engineer.Page.FillAsync("#destroy-name", Environment);
        await engineer.ClickAsync("Ask to destroy");
        await engineer.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Request 3" }).WaitForAsync();
        await engineer.LookAsync("request-destroy");
        await DecideAsync(ops, "approvals-destroy", "is being destroyed");
        await engineer.GoAsync($"/environments/{Environment}");
        await engineer.Page.GetByText("Destroying").First.WaitForAsync();
        await engineer.LookAsync("environment-destroying");
        await engineer.Page.GetByText("Destroyed", new PageGetByTextOptions { Exact = true }).First.WaitForAsync();
        await engineer.LookAsync("environment-destroyed");
    }

    private static async Task DecideAsync(Person ops, string look, string done)
    {
        await ops.GoAsync("/approvals");
        await ops.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Approve" }).WaitForAsync();
        await ops.LookAsync(look);
        await ops.ClickAsync("Approve");
        await ops.Page.GetByText(done).First.WaitForAsync();
    }

    private static async Task NothingIsLeftAsync(EmbeddedPortal portal)
    {
        using var emulator = new HttpClient { BaseAddress = portal.Emulator };
        (await emulator.GetFromJsonAsync<JsonArray>("/_emulator/clusters"))!.ShouldBeEmpty();
        var effects = await emulator.GetFromJsonAsync<List<LedgerEntry>>("/_emulator/ledger?kind=effect&service=cloudformation", JsonSerializerOptions.Web);
        var created = effects!.Where(entry => entry.Action == "CREATE_COMPLETE" && entry.Subject != SandboxAccount.StackName).Select(entry => entry.Subject);
        effects!.Where(entry => entry.Action == "DELETE_COMPLETE").Select(entry => entry.Subject).ShouldBe(created, ignoreOrder: true);
    }
}
