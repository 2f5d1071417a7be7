using Portal.Core.Specifications;

namespace Portal.Tests.Specifications;

public sealed class ImageReferenceTests
{
    private const string Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("nginx", "docker.io", "library/nginx", null, null)]
    [InlineData("docker.io/nginx:1", "docker.io", "library/nginx", "1", null)]
    [InlineData("grafana/grafana:11", "docker.io", "grafana/grafana", "11", null)]
    [InlineData("ghcr.io/shop/cart:1.8", "ghcr.io", "shop/cart", "1.8", null)]
    [InlineData("ghcr.io/shop/cart:1.8@" + Digest, "ghcr.io", "shop/cart", "1.8", Digest)]
    [InlineData("10.0.0.1:5000/cart", "10.0.0.1:5000", "cart", null, null)]
    [InlineData("localhost/cart@" + Digest, "localhost", "cart", null, Digest)]
    public void Parse_Image_KnowsRegistryPathTagAndDigest(string image, string host, string repository, string? tag, string? digest)
    {
        var reference = ImageReference.Parse(image).ShouldNotBeNull();

        (reference.Host, reference.Repository, reference.Tag, reference.Digest).ShouldBe((host, repository, tag, digest));
        $"{reference.Tagged}{(digest is null ? "" : $"@{digest}")}".ShouldBe(image);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Shop/Cart")]
    [InlineData("cart:1.8@sha256:12")]
    [InlineData("cart:1.8\n")]
    [InlineData("https://ghcr.io/shop/cart")]
    [InlineData("ghcr.io/shop/../cart")]
    public void Parse_WhatIsNoImage_IsNull(string image) => ImageReference.Parse(image).ShouldBeNull();

    [Fact]
    public void Parse_LongerThanAnyField_IsNull() => ImageReference.Parse(new string('a', FieldLimits.Image + 1)).ShouldBeNull();
}
