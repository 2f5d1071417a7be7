using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Portal.Infrastructure.Live;

namespace Portal.Tests.Live;

public sealed class ViewerZoneTests
{
    [Theory]
    [InlineData("portal-zone=Europe%2FBerlin", "Europe/Berlin")]
    [InlineData("portal-zone=America%2FArgentina%2FBuenos_Aires; portal=x", "America/Argentina/Buenos_Aires")]
    [InlineData("portal-zone=Etc%2FUnknown", "UTC")]
    [InlineData("portal-zone=%2Fdev%2Fzero", "UTC")]
    [InlineData("portal-zone=", "UTC")]
    [InlineData("", "UTC")]
    public void Of_WhatTheBrowserSays_IsThatZoneOrUtc(string cookie, string zone)
    {
        var (person, context) = (new ClaimsPrincipal(new ClaimsIdentity("test")), new DefaultHttpContext());
        context.Request.Headers.Cookie = cookie;

        ViewerZone.Note(person, context.Request);

        ViewerZone.Of(person).Id.ShouldBe(zone);
    }
}
