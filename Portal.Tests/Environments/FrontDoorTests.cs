using Portal.Core.Environments;

namespace Portal.Tests.Environments;

public sealed class FrontDoorTests
{
    private const string OfStack = "https://a1b2c3.execute-api.us-east-1.amazonaws.com/v1";

    [Fact]
    public void Address_TargetWithoutOne_IsTheStacks() => FrontDoor.Address(OfStack + "/", "a1b2c3", null).ShouldBe(OfStack);

    [Theory]
    [InlineData("http://127.0.0.1:4566/_emulator/apis/{api}", "http://127.0.0.1:4566/_emulator/apis/a1b2c3/v1")]
    [InlineData("https://{api}.door.example/", "https://a1b2c3.door.example/v1")]
    public void Address_TargetWithOne_HasTheApiInItAndKeepsTheStage(string ofTarget, string expected) =>
        FrontDoor.Address(OfStack, null, ofTarget).ShouldBe(expected);

    [Fact]
    public void Address_OwnDomain_IsOfTheApiThatItBelongsTo() =>
        FrontDoor.Address("https://api.example.com/v1", "a1b2c3", "http://127.0.0.1:4566/_emulator/apis/{api}").ShouldBe("http://127.0.0.1:4566/_emulator/apis/a1b2c3/v1");
}
