using System.Globalization;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Security;
using Portal.Features.Approvals;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Features.Approvals;

public sealed class AwayPanelTests : IDisposable
{
    private readonly BunitContext _context = new();
    private readonly ManualClock _clock = new();
    private readonly FakeAwayDesk _desk;

    public AwayPanelTests()
    {
        var feed = new OverviewFeed(_ => Task.FromResult(0), new LiveConnection(_clock), _clock, NullLogger<OverviewFeed>.Instance);
        _desk = new FakeAwayDesk(feed) { MayHandOver = true };
        _context.Services.AddSingleton<TimeProvider>(_clock).AddScoped<PageClock>().AddSingleton<IAwayDesk>(_desk);
        _desk.People.AddRange([Person("ada"), Person("joan")]);
    }

    public void Dispose() => _context.Dispose();

    public static KnownPerson Person(string subject) => new(subject, CultureInfo.InvariantCulture.TextInfo.ToTitleCase(subject), [Roles.Engineer], []);

    [Fact]
    public void HandOver_ToSomebodyFromDayToDay_IsListedUntilItIsEnded()
    {
        var panel = _context.Render<AwayPanel>();
        panel.Find(".absences").TextContent.ShouldContain("Nobody decides in your place.");

        panel.Find("#away-to").Change("ada");
        panel.Find("#away-first").Change("2026-12-01");
        panel.Find("#away-last").Change("2026-12-12");
        Press(panel, "Hand over");

        _desk.HandedOver.ShouldBe([("ada", new DateOnly(2026, 12, 1), new DateOnly(2026, 12, 12))]);
        panel.Find(".absences li").TextContent.ShouldContain("Ada decides for you (Operations) from 1 Dec 2026 to 12 Dec 2026.");
        panel.Find(".absences button").Click();
        panel.Find(".absences").TextContent.ShouldContain("Nobody decides in your place.");
    }

    [Fact]
    public void HandOver_ElsewhereThanInUtc_IsOfTheReadersDays()
    {
        // 00:30 of the next day in Berlin.
        _clock.Move(new TimeSpan(13, 30, 0));
        _context.Services.GetRequiredService<PageClock>().ReadIn(TimeZones.Find("Europe/Berlin")!);
        var panel = _context.Render<AwayPanel>();
        panel.Find("#away-first").GetAttribute("value").ShouldBe("2026-11-23");

        panel.Find("#away-to").Change("ada");
        panel.Find("#away-first").Change("2027-03-27");
        panel.Find("#away-last").Change("2027-03-28");
        Press(panel, "Hand over");

        // The second day has 23 hours.
        (_desk.Mine[0].Starts, _desk.Mine[0].Ends).ShouldBe((new DateTimeOffset(2027, 3, 26, 23, 0, 0, TimeSpan.Zero), new DateTimeOffset(2027, 3, 28, 22, 0, 0, TimeSpan.Zero)));
        panel.Find(".absences li").TextContent.ShouldContain("from 27 Mar 2027 to 28 Mar 2027");
    }

    [Fact]
    public void HandOver_WhatCannotBe_IsSaidAtItsFieldAndKept()
    {
        var panel = _context.Render<AwayPanel>();
        Press(panel, "Hand over");
        panel.Find("#away-error-to").TextContent.ShouldBe("Choose who decides for you.");
        _desk.Refusal = new InvalidDelegation(new FieldError("last", "1 Dec 2026", "too early"));

        panel.Find("#away-to").Change("ada");
        Press(panel, "Hand over");

        panel.Find("#away-error-last").TextContent.ShouldBe("too early");
        panel.Find("#away-last").GetAttribute("aria-invalid").ShouldBe("true");
        panel.FindAll("#away-error-to").ShouldBeEmpty();
        panel.Find("#away-to").GetAttribute("value").ShouldBe("ada");
    }

    [Fact]
    public void Find_MorePeopleThanAreListed_NarrowsByNameAndForgetsWhoIsNotListed()
    {
        _desk.People.AddRange(Enumerable.Range(1, 20).Select(number => Person($"person-{number}")));
        var panel = _context.Render<AwayPanel>();
        panel.FindAll("#away-to option").Count.ShouldBe(1 + DelegationQueries.MostPeople);
        panel.Find("#away-to").Change("ada");

        panel.Find("input[type=search]").Input("joan");
        _clock.Move(TimeSpan.FromMilliseconds(250));

        panel.WaitForAssertion(() => panel.FindAll("#away-to option").Select(option => option.GetAttribute("value")).ShouldBe(["", "joan"]));
        Press(panel, "Hand over");
        _desk.HandedOver.ShouldBeEmpty();
    }

    [Fact]
    public void Open_WhoDecidesNothing_SeesOnlyForWhomTheyStandIn()
    {
        _desk.MayHandOver = false;
        _context.Render<AwayPanel>().Markup.Trim().ShouldBeEmpty();
        _desk.Others.Add(new Delegation(Guid.CreateVersion7(), Person("grace"), Person("me"), ["operations"], new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 12, 2, 0, 0, 0, TimeSpan.Zero)));

        var panel = _context.Render<AwayPanel>();

        panel.Find(".absences").TextContent.ShouldContain("You decide for Grace (Operations) on 1 Dec 2026.");
        panel.FindAll("select").ShouldBeEmpty();
    }

    private static void Press(IRenderedComponent<AwayPanel> panel, string button) => panel.FindAll("button").Single(one => one.TextContent.Trim() == button).Click();
}
