using Portal.Core.Environments;

namespace Portal.Tests.Environments;

public sealed class ConsoleLinksTests
{
    [Theory]
    [InlineData("eu-central-1", "https://eu-central-1.console.aws.amazon.com/cloudformation/home?region=eu-central-1#/stacks/stackinfo?stackId=shop-vpc")]
    [InlineData("cn-north-1", "https://cn-north-1.console.amazonaws.cn/cloudformation/home?region=cn-north-1#/stacks/stackinfo?stackId=shop-vpc")]
    public void OfStack_Region_IsThatOfItsPartition(string region, string address) => ConsoleLinks.OfStack(region, "shop-vpc").ShouldBe(address);

    [Fact]
    public void OfResource_KnownType_LeadsToItWithNothingOfTheIdLeftToRead()
    {
        ConsoleLinks.OfResource("us-east-1", "AWS::SQS::Queue", "https://sqs.us-east-1.amazonaws.com/1/q&x")!.Value.Address
            .ShouldBe("https://us-east-1.console.aws.amazon.com/sqs/v2/home?region=us-east-1#/queues/https%3A%2F%2Fsqs.us-east-1.amazonaws.com%2F1%2Fq%26x");
        ConsoleLinks.OfResource("us-east-1", "AWS::EKS::Cluster", null).ShouldBeNull();
        ConsoleLinks.OfResource("us-east-1", "AWS::IAM::Role", "role").ShouldBeNull();
    }
}
