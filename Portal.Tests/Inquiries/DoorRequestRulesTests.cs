using Portal.Core.Inquiries;

namespace Portal.Tests.Inquiries;

public sealed class DoorRequestRulesTests
{
    [Theory]
    [InlineData("GET", "/cart/1?all=yes&q=%C3%A4")]
    [InlineData("OPTIONS", "/")]
    [InlineData("DELETE", "/cart/a.b..c/(x)")]
    public void Check_PathBelowTheApi_IsFit(string method, string path) => DoorRequestRules.Check(new DoorRequest(method, path)).ShouldBeEmpty();

    [Theory]
    [InlineData("https://elsewhere.example.com/")]
    [InlineData("cart")]
    [InlineData("@elsewhere.example.com/")]
    [InlineData("/../other-stage/cart")]
    [InlineData("/cart/%2e%2E/x")]
    [InlineData("/cart\\..\\x")]
    [InlineData("/cart x")]
    [InlineData("/cart\r\nHost: elsewhere")]
    [InlineData("/cart#part")]
    [InlineData("/cart?api_key=abc")]
    [InlineData("")]
    public void Check_WhatLeavesTheApiOrHoldsASecret_IsToldAtThePath(string path) =>
        DoorRequestRules.Check(new DoorRequest("GET", path)).ShouldHaveSingleItem().Field.ShouldBe("path");

    [Theory]
    [InlineData("Host", "elsewhere", "set by whoever sends")]
    [InlineData("content-length", "3", "set by whoever sends")]
    [InlineData("Authorization", "Bearer abc", "looks like a secret")]
    [InlineData("x-api-key", "abc", "looks like a secret")]
    [InlineData("Cookie", "a=b", "looks like a secret")]
    [InlineData("X-Note", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "looks like a secret")]
    [InlineData("Accept", "text/plain\r\nHost: elsewhere", "one line")]
    [InlineData("Bad name", "x", "no header's name")]
    public void Check_HeaderThatIsNotThePersons_IsToldAtItsPlace(string name, string value, string why)
    {
        var error = DoorRequestRules.Check(new DoorRequest("GET", "/") { Headers = [new("Accept", "text/plain"), new(name, value)] }).ShouldHaveSingleItem();

        error.Field.ShouldBe("headers[1]");
        error.Message.ShouldContain(why);
        error.Message.ShouldNotContain("abc");
    }

    [Fact]
    public void Check_BodyThatIsTooLongOrSecretOrOfASafeMethod_IsToldAtTheBody()
    {
        foreach (var request in new[] { new DoorRequest("GET", "/") { Body = "x" }, new("POST", "/") { Body = new string('x', DoorRequestRules.MostBody + 1) }, new("PUT", "/") { Body = "{\n\"password\": \"abc\"}" } })
            DoorRequestRules.Check(request).ShouldHaveSingleItem().Field.ShouldBe("body");
        DoorRequestRules.Check(new DoorRequest("POST", "/") { Body = "{\"item\": 1}" }).ShouldBeEmpty();
        DoorRequestRules.Check(new DoorRequest("TRACE", "/")).ShouldHaveSingleItem().Field.ShouldBe("method");
    }
}
