using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Features.Environments;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Environments;

public sealed class ReplayMomentTests
{
    private static readonly ReplayMoment s_moment = new(Guid.Parse("0199c0de-0000-7000-8000-000000000001"), TimeSpan.FromSeconds(12.51));
    private const string Kept = "replay=0199c0de-0000-7000-8000-000000000001&at=12.5";

    [Fact]
    public void Addresses_OfListsInAReplay_StayInIt()
    {
        var log = new EventLog("shop", new EventFilter()) { Moment = s_moment };
        log.With(filter => filter with { Search = "x" }).Address.ShouldBe($"/environments/shop?tab=events&search=x&{Kept}");
        (new ResourceList("shop") { Moment = s_moment } with { Ready = true }).Address.ShouldBe($"/environments/shop?tab=resources&state=ready&{Kept}");
        PictureDownload.UrlOf("shop", "picture.svg", [("theme", "dark"), .. ReplayMoment.ParametersOf(s_moment)]).ShouldBe($"/environments/shop/picture.svg?theme=dark&{Kept}");
        PageAddress.Of("/environments/shop", [("tab", "events"), .. ReplayMoment.ParametersOf(null)]).ShouldBe("/environments/shop?tab=events");
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData("soon", 0)]
    [InlineData("NaN", 0)]
    [InlineData("-3", 0)]
    [InlineData("12.5", 12.5)]
    [InlineData("1e300", 60)]
    public void Read_WhatAnAddressSays_IsWithinTheRecording(string? at, double seconds)
    {
        var begins = new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
        var recording = new Recording(Samples.Snapshot(begins), [], begins, begins.AddMinutes(1));

        ReplayMoment.Read(at, recording).ShouldBe(TimeSpan.FromSeconds(seconds));
    }
}
