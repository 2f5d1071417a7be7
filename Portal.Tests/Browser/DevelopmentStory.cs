using Microsoft.Playwright;

namespace Portal.Tests.Browser;

/// <summary>The life of an environment that nobody has to approve.</summary>
internal static class DevelopmentStory
{
    public const string Environment = "shop-dev";

    private const string Expired = "section.notice:has-text('shop-dev has expired.')";

    public static async Task NeedsNobodyAsync(Person engineer)
    {
        await engineer.GoAsync("/requests/new");
        await engineer.Page.FillAsync("#field-environment", Environment);
        foreach (var step in new[] { "network", "cluster", "services" })
        {
            await engineer.ClickAsync("Continue");
            await engineer.Page.Locator($"#step-{step}").WaitForAsync();
        }

        await engineer.ClickAsync("Add all 3 of the shop example");
        await engineer.Page.GetByText("3 paths without a conflict").WaitForAsync();
        await engineer.ClickAsync("Review");
        await engineer.Page.GetByText("Nobody has to approve it").WaitForAsync();
        await engineer.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Submit ·" }).ClickAsync();
        await engineer.Page.Locator($"h1:has-text('{Environment}')").WaitForAsync();
        await engineer.Page.GetByText("approved by a rule: work begins").WaitForAsync();
    }

    /// <summary>Another kind of data store in the place of the cart's table.</summary>
    public static async Task AsksToReplaceDataAsync(Person engineer)
    {
        await engineer.GoAsync($"/environments/{Environment}/change?step=services");
        var cart = engineer.Page.Locator("article", new PageLocatorOptions { HasText = "cart-service" }).Last;
        await cart.Locator(".stores button:has-text('Remove')").First.ClickAsync();
        await cart.Locator("summary:has-text('Add a data store')").ClickAsync();
        await cart.Locator(".adder button:has-text('S3')").ClickAsync();
        await engineer.Page.Locator(".consequences .sentences li").First.WaitForAsync();
        await engineer.ClickAsync("Review");
        await engineer.Page.FillAsync("#confirm", "shop");
        await engineer.Page.GetByText("One of Operations has to approve it").WaitForAsync();
        await engineer.ClickAsync("Ask for the change");
        await engineer.Page.GetByText($"Type the name '{Environment}'").WaitForAsync();
        await engineer.Page.FillAsync("#confirm", Environment);
        await engineer.ClickAsync("Ask for the change");
        await engineer.Page.GetByText("one of Operations has to agree yet").First.WaitForAsync();
    }

    public static async Task AgreesToLossAsync(Person ops)
    {
        await ops.GoAsync("/approvals");
        await ops.Page.Locator($".queue-item:has-text('{Environment}')").First.ClickAsync();
        await ops.Page.Locator(".changes li:has-text('data-cart-service'), .changes li:has-text('cart-service')").First.WaitForAsync();
        await ops.LookAsync("approvals-data-loss");
        await ops.ClickAsync("Approve");
        await ops.Page.GetByText($"{Environment} is being changed").WaitForAsync();
    }

    /// <summary>What expires is destroyed a day later, and can be kept until then.</summary>
    public static async Task LetsItExpireAsync(Person engineer, RuledPortal portal)
    {
        await engineer.GoAsync($"/environments/{Environment}");
        await engineer.ClickAsync("Lifetime and sleep");
        await engineer.Page.GetByLabel("It expires").CheckAsync();
        await engineer.ClickAsync("Save");
        await engineer.Page.GetByText("in 14 days").WaitForAsync();
        portal.At(TimeSpan.FromDays(15));
        await portal.ExpireAsync();
        await engineer.Page.Locator(Expired).WaitForAsync();
        await engineer.LookAsync("environment-expired");
        await engineer.ClickAsync("Keep it for 7 days");
        await engineer.Page.Locator(Expired).WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        // Kept until a week from now, which is over by then, too.
        await portal.ExpireAsync();
        await engineer.Page.Locator(Expired).WaitForAsync();
        portal.At(TimeSpan.FromDays(17));
        await portal.ExpireAsync();
        await engineer.Page.GetByText("Destroying").First.WaitForAsync();
        await portal.FinishAsync(Environment);
        await engineer.Page.GetByText("Destroyed", new PageGetByTextOptions { Exact = true }).First.WaitForAsync();
        portal.At(TimeSpan.Zero);
    }
}
