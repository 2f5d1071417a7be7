using AngleSharp.Dom;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core;
using Portal.Core.Notifications;
using Portal.Core.Provisioning;
using Portal.Features.Notifications;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Features.Notifications;

public sealed class NoticePagesTests : IDisposable
{
    private readonly BunitContext _context = new();
    private readonly FakeNoticeDesk _desk = new();

    public NoticePagesTests() => _context.Services.AddSingleton<TimeProvider>(new ManualClock()).AddScoped<PageClock>().AddSingleton<INoticeDesk>(_desk);

    public void Dispose() => _context.Dispose();

    [Fact]
    public void Notices_ThatComeWhileSomebodyLooks_AreOnTopAndCanBeRead()
    {
        _desk.Add("shop has failed", EventSeverity.Error);
        var page = _context.Render<NoticesPage>();
        page.WaitForAssertion(() => page.Find("[role=status]").TextContent.ShouldBe("1 notification not read"));

        _desk.Add("Grace asks <b>why</b>");
        page.WaitForAssertion(() => page.FindAll(".notices .link").Select(link => link.TextContent).ShouldBe(["Grace asks <b>why</b>", "shop has failed"]));

        Button(page, "Mark as read").Click();
        page.WaitForAssertion(() => page.Find("[role=status]").TextContent.ShouldBe("1 notification not read"));
        _desk.Stored[0].IsRead.ShouldBeTrue();
        Button(page, "Mark all as read").Click();
        page.WaitForAssertion(() => page.Find("[role=status]").TextContent.ShouldBe("You have read everything"));
        page.FindAll("button").ShouldBeEmpty();
    }

    [Fact]
    public void Notices_Opened_AreRead()
    {
        _desk.Add("shop is ready", EventSeverity.Success);
        var page = _context.Render<NoticesPage>();
        var link = page.Find(".notices .link");

        link.GetAttribute("href").ShouldBe("/requests/17");
        link.Click();

        _desk.Stored.ShouldHaveSingleItem().IsRead.ShouldBeTrue();
    }

    [Fact]
    public void Settings_WhereNoMailReachesThePerson_SayWhy()
    {
        _desk.Settings = _desk.Settings with { Mail = null, Webhooks = [new WebhookRoute("chat", ["decided"])] };

        var page = _context.Render<NoticeSettingsPage>();

        page.FindAll("input").Select(box => box.HasAttribute("disabled")).ShouldBe([false, true]);
        page.Markup.ShouldContain("the sign-in tells no address");
        page.Markup.ShouldContain("chat (decisions on my requests)");
    }

    [Fact]
    public void Settings_Choosing_IsKeptOrSaysWhyNot()
    {
        var page = _context.Render<NoticeSettingsPage>();

        page.FindAll("input")[1].Change(false);
        _desk.Settings.Choices[0].ByMail.ShouldBeFalse();
        _desk.Refusal = new NotAllowed("You have been signed out.");
        page.FindAll("input")[0].Change(false);

        page.Find("[role=alert]").TextContent.ShouldContain("signed out");
        _desk.Settings.Choices[0].InPortal.ShouldBeTrue();
    }

    [Fact]
    public void Deliveries_GivenUp_AreTriedAgain()
    {
        _desk.Troubled.Add(new TroubledDelivery(Guid.NewGuid(), DeliveryChannel.Webhook, "chat", "shop", "shop is ready", DateTimeOffset.UnixEpoch, 8, "It answered 503.", null));
        var page = _context.Render<DeliveriesPage>();
        page.Markup.ShouldContain("It answered 503.");

        Button(page, "Try again").Click();

        page.FindAll("button").ShouldBeEmpty();
        page.Find(".letters .end").TextContent.ShouldContain("Tried again now");
    }

    private static IElement Button<T>(IRenderedComponent<T> page, string text)
        where T : Microsoft.AspNetCore.Components.IComponent =>
        page.FindAll("button").First(button => button.TextContent.StartsWith(text, StringComparison.Ordinal));
}
