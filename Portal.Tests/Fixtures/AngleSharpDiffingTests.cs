using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace Portal.Tests.Fixtures;

public sealed class AngleSharpDiffingTests
{
    [Fact]
    public void MarkupMatches_AfterAClick_ComparesTheNewMarkup()
    {
        using var context = new BunitContext();
        var counter = context.Render<Counter>();

        counter.Find("button").Click();

        counter.MarkupMatches("<button>1</button>");
    }

    private sealed class Counter : ComponentBase
    {
        private int _clicks;

        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            builder.OpenElement(0, "button");
            builder.AddAttribute(1, "onclick", EventCallback.Factory.Create(this, () => _clicks++));
            builder.AddContent(2, _clicks);
            builder.CloseElement();
        }
    }
}
