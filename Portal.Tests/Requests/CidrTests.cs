using FsCheck.Xunit;
using Portal.Core.Specifications;

namespace Portal.Tests.Requests;

public sealed class CidrTests
{
    [Theory]
    [InlineData("10.40.0.0/16", true)]
    [InlineData("10.40.1.0/16", false)]
    [InlineData("0.0.0.0/0", true)]
    [InlineData("255.255.255.255/32", true)]
    public void TryParse_Block_TellsWhetherItBeginsOnItsBoundary(string text, bool boundary)
    {
        Cidr.TryParse(text, out _, out var onBoundary).ShouldBeTrue();
        onBoundary.ShouldBe(boundary);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0.0")]
    [InlineData("10.0.0/16")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.256/16")]
    [InlineData("::1/64")]
    [InlineData("ten/16")]
    public void TryParse_NotABlock_IsFalse(string text) => Cidr.TryParse(text, out _, out _).ShouldBeFalse();

    [Theory]
    [InlineData("10.0.0.0/16", "10.0.128.0/20", true)]
    [InlineData("10.0.0.0/16", "10.1.0.0/16", false)]
    [InlineData("10.0.0.0/8", "10.255.0.0/16", true)]
    [InlineData("172.16.0.0/16", "172.17.0.0/16", false)]
    public void Overlaps_TwoBlocks_IsSymmetric(string left, string right, bool overlaps)
    {
        Parse(left).Overlaps(Parse(right)).ShouldBe(overlaps);
        Parse(right).Overlaps(Parse(left)).ShouldBe(overlaps);
    }

    [Property]
    public void ToString_AnyBlock_ParsesBack(uint address, byte length)
    {
        var prefix = length % 33;
        var mask = prefix == 0 ? 0 : uint.MaxValue << (32 - prefix);
        var block = new Cidr(address & mask, prefix);

        Parse(block.ToString()).ShouldBe(block);
    }

    private static Cidr Parse(string text)
    {
        Cidr.TryParse(text, out var cidr, out _).ShouldBeTrue();
        return cidr;
    }
}
