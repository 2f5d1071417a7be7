using Portal.Core.Provisioning.Changes;

namespace Portal.Tests.Provisioning.Changes;

public sealed class TemplateTreesTests
{
    [Fact]
    public void Of_KnownDigest_IsNotParsedAgain()
    {
        var trees = new TemplateTrees();
        var tree = trees.Of("a", () => []);

        trees.Of("a", () => throw new InvalidOperationException("It is known.")).ShouldBeSameAs(tree);
        trees.Of("b", () => []).ShouldNotBeSameAs(tree);
    }

    [Fact]
    public void Of_MoreThanAreKept_ForgetsTheOthers()
    {
        var trees = new TemplateTrees();
        var first = trees.Of("0", () => []);
        for (var other = 1; other <= TemplateTrees.Most; other++)
            trees.Of($"{other}", () => []);

        trees.Of("0", () => []).ShouldNotBeSameAs(first);
    }
}
