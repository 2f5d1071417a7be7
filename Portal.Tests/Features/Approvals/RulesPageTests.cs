using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Portal.Features.Approvals;
using Portal.Infrastructure.Live;
using Portal.Tests.Approvals;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Features.Approvals;

public sealed class RulesPageTests : IDisposable
{
    private readonly BunitContext _context = new();

    public RulesPageTests()
    {
        var clock = new ManualClock();
        _context.Services.AddSingleton<IApprovalDesk>(new FakeApprovalDesk(clock, new OverviewFeed(_ => Task.FromResult(0), new LiveConnection(clock), clock, NullLogger<OverviewFeed>.Instance))
        {
            Policy = TestRules.Policy,
        });
        _context.JSInterop.Mode = JSRuntimeMode.Loose;
    }

    public void Dispose() => _context.Dispose();

    [Fact]
    public void Try_FactsOfARequest_SaysWhoIsNeededAndWhichRulesFit()
    {
        var page = _context.Render<RulesPage>();
        page.Find(".answer").TextContent.ShouldContain("Nobody has to approve it: Cheap development needs nobody");

        page.Find("#try-class").Change("Production");
        page.FindAll(".try input[type=checkbox]")[0].Change(true);

        page.Find(".answer").TextContent.ShouldContain("2 of Operations, then one of Security have to approve it: Production; Data would be lost");
        page.FindAll(".rules > li.fits").Count.ShouldBe(2);
        page.Find(".rules > li.misses").TextContent.ShouldContain("its class is development: not so");
        page.Find(".rules").TextContent.ShouldContain("Approved by one of Operations, then one of Security (Leads as well after 24 hours).");
    }

    [Fact]
    public void Try_WhatIsNoAmount_SaysSoAtTheFieldAndKeepsIt()
    {
        var page = _context.Render<RulesPage>();

        page.Find("#try-cost").Input("12,5 EUR");

        page.Find("#try-cost-error").TextContent.ShouldBe("'12,5 EUR' is not an amount. Write it as 1250 or 1250.50.");
        page.Find("#try-cost").GetAttribute("value").ShouldBe("12,5 EUR");
        page.FindAll(".needs").ShouldBeEmpty();
        page.FindAll(".rules > li.fits").ShouldBeEmpty();
    }
}
