using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Portal.Components.Overlays;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Components;

public sealed class OverlaysTests : IAsyncLifetime
{
    private readonly BunitContext _context = new() { JSInterop = { Mode = JSRuntimeMode.Loose } };

    public OverlaysTests()
    {
        _context.Services.AddSingleton<TimeProvider>(new ManualClock());
        _context.Services.AddPortalOverlays();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    // Services of MudBlazor can only be disposed of so.
    public Task DisposeAsync() => _context.DisposeAsync().AsTask();

    private PageOverlays Overlays => _context.Services.GetRequiredService<PageOverlays>();

    [Fact]
    public void Host_NothingNeeded_HoldsNoProvider()
    {
        var host = _context.Render<OverlayHost>();

        host.Markup.Trim().ShouldBeEmpty();
    }

    [Fact]
    public void Need_TwoUsers_KeepTheProviderUntilTheLastIsDone()
    {
        var host = _context.Render<OverlayHost>();

        var first = Overlays.Need(Overlay.Popovers);
        var second = Overlays.Need(Overlay.Popovers);
        host.WaitForElement(".mud-popover-provider");
        first.Dispose();
        first.Dispose();
        host.FindAll(".mud-popover-provider").ShouldHaveSingleItem();
        second.Dispose();

        host.WaitForAssertion(() => host.FindAll(".mud-popover-provider").ShouldBeEmpty());
    }

    [Theory]
    [InlineData("Remove", true)]
    [InlineData("Cancel", false)]
    public async Task AskAsync_Answered_SaysSoAndTakesTheProviderAway(string button, bool expected)
    {
        var host = _context.Render<OverlayHost>();

        var asked = host.InvokeAsync(() => Overlays.AskAsync(new Question("Remove cart?", "It is lost.", "Remove")));
        host.WaitForElement("[role=dialog]").TextContent.ShouldContain("It is lost.");
        host.FindAll("[role=dialog] button").Single(one => one.TextContent == button).Click();

        (await asked).ShouldBe(expected);
        host.WaitForAssertion(() => host.Markup.Trim().ShouldBeEmpty());
    }

    [Fact]
    public async Task AskAsync_NoHost_SaysWhatIsMissing() =>
        (await Should.ThrowAsync<InvalidOperationException>(() => Overlays.AskAsync(new Question("?", "", "Yes")))).Message.ShouldContain("OverlayHost");

    [Fact]
    public void Done_Said_StandsThereAsALiveRegion()
    {
        var host = _context.Render<OverlayHost>();

        Overlays.Done("Request 17 is submitted.");

        var said = host.WaitForElement(".mud-snackbar");
        said.TextContent.Trim().ShouldBe("Request 17 is submitted.");
        said.GetAttribute("aria-live").ShouldBe("polite");
    }
}
