using Microsoft.AspNetCore.Components;
using Portal.Components.Shared;

namespace Portal.Tests.Components;

public sealed class MarkupTests
{
    [Theory]
    [InlineData("<b>&\"'", "&lt;b&gt;&amp;&quot;&#x27;")]
    [InlineData("Zürich · 東京", "Zürich · 東京")]
    [InlineData(null, "")]
    public void Of_Text_IsEncodedWhereItCouldBeMarkup(string? text, string expected) =>
        Markup.Of($"""<i title="{text}">{7}</i>""").Value.ShouldBe($"""<i title="{expected}">7</i>""");

    [Fact]
    public void Of_Markup_StaysIt()
    {
        MarkupString? none = null;

        Markup.Of($"<p>{Markup.Of($"<b>{"<"}</b>")}{none}</p>").Value.ShouldBe("<p><b>&lt;</b></p>");
    }
}
