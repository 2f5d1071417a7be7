using Portal.Core.Provisioning;

namespace Portal.Tests.Provisioning;

public sealed class EvidenceTests
{
    [Theory]
    [InlineData("DB_PASSWORD=s3cret next", "DB_PASSWORD=[removed] next")]
    [InlineData("""{"password": "s3cret", "user": "shop"}""", """{"password": [removed], "user": "shop"}""")]
    [InlineData("Authorization: Bearer s3cret", "Authorization: Bearer [removed]")]
    [InlineData("amqp://shop:s3cret@queue:5672/", "amqp://[removed]@queue:5672/")]
    [InlineData("key AKIAIOSFODNN7EXAMPLE here", "key [removed] here")]
    [InlineData("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s3cret", "jwt [removed]")]
    [InlineData("client-secret: 's3cret'", "client-secret: [removed]")]
    [InlineData("Failed to pull image \"shop/web:9\": not found", "Failed to pull image \"shop/web:9\": not found")]
    [InlineData("password authentication failed for user \"shop\"", "password authentication failed for user \"shop\"")]
    [InlineData("\u001b[31mred\u001b[0m", " red ")]
    public void Presentable_Line_HasNoSecret(string line, string shown) => Evidence.Presentable(line).Trim().ShouldBe(shown.Trim());

    [Fact]
    public void Of_ManyLongLines_KeepsTheLastAndCutsThem()
    {
        var evidence = Evidence.Of("Log", Enumerable.Range(1, 500).Select(number => $"{number} {new string('x', 5000)}"));

        evidence.Lines.Count.ShouldBe(20);
        evidence.Lines[^1].ShouldStartWith("500 x");
        evidence.Lines.ShouldAllBe(line => line.Length < 500);
    }
}
