using Microsoft.Playwright;

namespace Portal.Tests.Browser;

/// <summary>An approver sends a request back as they would approve it, and whoever asked accepts.</summary>
internal static class ProposalStory
{
    public static async Task ProposesAsync(Person ops, long number)
    {
        await ops.GoAsync($"/approvals/{number}");
        // Their own word of fifteen days ago does not count any more.
        await ops.Page.Locator(".stages li[aria-current=step]:has-text('Operations'):has-text('0 of 1 agreed')").WaitForAsync();
        await ops.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Propose a change instead" }).ClickAsync();
        await ops.Page.Locator("#step-environment").WaitForAsync();
        // What it costs as it is asked for stands beside it before anything is typed.
        await ops.Page.Locator(".consequences .amount:has-text('$')").WaitForAsync();
        await ops.LookAsync("propose");
        await ops.Page.Locator($"a[href='/requests/{number}/propose?step=services']").ClickAsync();
        await ops.Page.FillAsync("#field-service-3-replicas", "2");
        await ops.Page.Locator(".consequences .sentences:has-text('cart-service, pods'):has-text('3 → 2')").WaitForAsync();
        await ops.ClickAsync("Review");
        await ops.Page.GetByText("Not you, since you propose it.").WaitForAsync();
        await ops.ClickAsync("Send proposal");
        await ops.Page.GetByText("Say why: Engineer has to know it to agree.").WaitForAsync();
        await ops.Page.FillAsync("#reason", "Two pods are enough until the sale.");
        await ops.LookAsync("propose-review");
        await ops.ClickAsync("Send proposal");
        await ops.Page.Locator(".proposal:has-text('Two pods are enough')").WaitForAsync();
        await ops.GoAsync($"/approvals/{number}");
        await ops.Page.Locator(".decision:has-text('Engineer has not answered yet')").WaitForAsync();
        await ops.LookAsync("approvals-proposal");
    }

    // The page was open before, and is told.
    public static async Task AcceptsAsync(Person engineer, long number)
    {
        await engineer.Page.Locator(".proposal .compared tr:has-text('cart-service, pods')").WaitForAsync();
        await engineer.LookAsync("request-proposal");
        await engineer.GoAsync("/requests");
        await engineer.Page.Locator(".chip:has-text('Proposal open')").WaitForAsync();
        await engineer.GoAsync($"/requests/{number}");
        await engineer.ClickAsync("Accept ·");
        await engineer.Page.Locator(".past:has-text('Engineer accepted')").WaitForAsync();
    }

    public static async Task HasHadTheirSayAsync(Person ops)
    {
        // Another plan than the one on the screen is shown only when it is asked for.
        await ops.ClickAsync("Show the plan as it is now");
        await ops.Page.GetByText("You proposed what is asked for now; somebody else has to decide.").WaitForAsync();
    }
}
