using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Ctl;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Browser;

/// <summary>Everything of the other stories by portalctl, while somebody has the pages open.</summary>
internal static class ProgramStory
{
    private const string Development = "pr-dev";
    private const string Production = "pr-live";

    public static async Task TellAsync(Person engineer, RuledPortal portal)
    {
        var (asks, decides) = (await portal.TokenAsync(RuledPortal.Engineer, TokenScope.Request, TokenScope.Destroy), await portal.TokenAsync(RuledPortal.Ops, TokenScope.Approve));
        var others = await portal.TokenAsync(new Actor("ops-3", "Oscar", Fleet.Ops.Roles), TokenScope.Approve);
        var owns = await portal.TokenAsync(new Actor("persona-admin", "Admin", new HashSet<string> { Roles.Admin }), TokenScope.Approve);
        using var folder = new Folder();
        var shop = Samples.Shop(Development, "10.64.0.0/16") with { Target = "sandbox" };
        var live = Samples.InProduction(Samples.Shop(Production, "10.65.0.0/16") with { Target = "sandbox" });

        // Development needs nobody.
        (await portal.RunAsync(asks, ExitCodes.Done, "request", "-f", folder.Write(shop))).ShouldContain("needs nobody's approval");
        await portal.FinishAsync(Development);

        // Production is proposed otherwise, declined, proposed again, accepted, and approved by others.
        var asked = await portal.RunAsync(asks, ExitCodes.Done, "request", "-f", folder.Write(live));
        var number = asked.Split(' ')[1];
        await engineer.GoAsync($"/requests/{number}");
        var smaller = folder.Write(live with { LifetimeDays = 30 });
        (await portal.RunAsync(decides, ExitCodes.Done, "get", "specification", number)).ShouldContain($"environment: {Production}");
        await portal.RunAsync(decides, ExitCodes.Done, "propose", number, "-f", smaller, "--comment", "Not for ever.");
        await engineer.Page.Locator(".proposal:has-text('Not for ever.')").WaitForAsync();
        (await portal.RunAsync(asks, ExitCodes.Done, "decline", number, "--comment", "It stays.")).ShouldContain("lifetimeDays: not said -> 30");
        await engineer.Page.Locator(".past:has-text('Engineer declined: It stays.')").WaitForAsync();
        (await portal.RunAsync(asks, ExitCodes.Refused, "accept", number)).ShouldContain("Nothing is proposed");
        await portal.RunAsync(decides, ExitCodes.Done, "propose", number, "-f", smaller, "--comment", "For a month, then.");
        await portal.RunAsync(asks, ExitCodes.Done, "accept", number);
        await engineer.Page.Locator(".past:has-text('Engineer accepted')").WaitForAsync();
        (await portal.RunAsync(decides, ExitCodes.NotAllowed, "approve", number)).ShouldContain("You proposed what is asked for now");
        await portal.RunAsync(others, ExitCodes.Done, "approve", number);
        await portal.RunAsync(owns, ExitCodes.Done, "approve", number);
        await engineer.Page.Locator("h1 ~ .chip:has-text('Approved')").WaitForAsync();

        // A change that takes data away.
        var without = folder.Write(shop with { Services = [.. shop.Services.Select(one => one.Name == "cart-service" ? one with { Stores = [] } : one)] });
        (await portal.RunAsync(asks, ExitCodes.Refused, "request", "-f", without)).ShouldContain("Data would be lost");
        var change = (await portal.RunAsync(asks, ExitCodes.Done, "request", "-f", without, "--confirm", Development)).Split(' ')[1];
        await portal.RunAsync(decides, ExitCodes.Done, "approve", change);
        await portal.FinishAsync(Development);

        // Its end.
        await engineer.GoAsync($"/environments/{Development}");
        var end = (await portal.RunAsync(asks, ExitCodes.Done, "destroy", Development, "--confirm", Development)).Split(' ')[1];
        await portal.RunAsync(decides, ExitCodes.Done, "approve", end);
        await engineer.Page.GetByText("Destroying").First.WaitForAsync();
        await portal.FinishAsync(Development);
        await engineer.Page.GetByText("Destroyed", new Microsoft.Playwright.PageGetByTextOptions { Exact = true }).First.WaitForAsync();
    }

    private sealed class Folder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("portal-program-");

        public string Write(Specification specification)
        {
            var path = Path.Combine(_folder.FullName, $"{Guid.NewGuid():N}.yaml");
            File.WriteAllText(path, SpecificationYaml.Write(specification));
            return path;
        }

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
