using Portal.Components.Shared;
using Portal.Core.Provisioning;

namespace Portal.Tests.Components;

public sealed class QueryReaderTests
{
    private readonly QueryReader _query = new();

    [Theory]
    [InlineData(null, 0)]
    [InlineData("", 0)]
    [InlineData("1", 0)]
    [InlineData("7", 6)]
    [InlineData("2147483647", 2147483646)]
    [InlineData("2147483648", int.MaxValue)]
    [InlineData("99999999999999999999", int.MaxValue)]
    public void Page_Number_IsReadFromOneAndNeverOverflows(string? text, int page)
    {
        _query.Page(text).ShouldBe(page);
        _query.Ignored.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("-3")]
    [InlineData("0")]
    [InlineData("1.5")]
    [InlineData("1\0")]
    public void Page_NoNumber_IsTheFirstAndSaysSo(string text)
    {
        _query.Page(text).ShouldBe(0);
        _query.Ignored.ShouldHaveSingleItem().ShouldStartWith("page '");
    }

    [Theory]
    [InlineData("ready", EnvironmentState.Ready)]
    [InlineData(" READY ", EnvironmentState.Ready)]
    [InlineData(null, null)]
    public void Choice_Name_IsRead(string? text, EnvironmentState? state)
    {
        _query.Choice<EnvironmentState>("state", text).ShouldBe(state);
        _query.Ignored.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("bogus")]
    [InlineData("3")]
    [InlineData("Ready,Failed")]
    public void Choice_NoName_IsLeftOutAndSaid(string text)
    {
        _query.Choice<EnvironmentState>("state", text).ShouldBeNull();
        _query.Ignored.ShouldBe([$"state '{text}'"]);
    }

    [Fact]
    public void Search_ControlCharactersAndBrokenHalves_AreLeftOut() => _query.Search(" sh\0op\u001b\ud800 ").ShouldBe("shop");

    [Theory]
    [InlineData("\0")]
    [InlineData("  ")]
    [InlineData(null)]
    public void Search_NothingVisible_IsNone(string? text) => _query.Search(text).ShouldBeNull();

    [Fact]
    public void Search_LongerThanANameCanBe_IsCutAndSaid()
    {
        _query.Search(new string('a', 40_000))!.Length.ShouldBe(QueryReader.LongestSearch);
        _query.Ignored.ShouldHaveSingleItem();
    }

    [Fact]
    public void Ignored_LongValue_IsShortened()
    {
        _query.OneOf("target", new string('x', 5_000), ["sandbox"]).ShouldBeNull();
        _query.Ignored.Single().Length.ShouldBeLessThan(60);
    }
}
