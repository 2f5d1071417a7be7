using Portal.Emulator.Aws;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Tests.Emulator.Aws;

public sealed class ParameterTests
{
    [Theory]
    [InlineData("{ Type: String, AllowedValues: [a, b] }", "c", "Parameter 'P' must be one of AllowedValues")]
    [InlineData("{ Type: String, AllowedPattern: '[a-z]+' }", "A1", "Parameter 'P' must match pattern [a-z]+")]
    [InlineData("{ Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: lower case only }", "A1", "Parameter P failed to satisfy constraint: lower case only")]
    [InlineData("{ Type: String, MinLength: 3 }", "ab", "Parameter 'P' must contain at least 3 characters")]
    [InlineData("{ Type: String, MaxLength: 3 }", "abcd", "Parameter 'P' must contain at most 3 characters")]
    [InlineData("{ Type: Number }", "x", "Parameter 'P' must be a number")]
    [InlineData("{ Type: Number, MinValue: 2 }", "1", "Parameter 'P' must be a number not less than 2")]
    [InlineData("{ Type: Number, MaxValue: 2 }", "3", "Parameter 'P' must be a number not greater than 2")]
    [InlineData("{ Type: Number, AllowedValues: [1, 3] }", "2", "Parameter 'P' must be one of AllowedValues")]
    [InlineData("{ Type: CommaDelimitedList, AllowedPattern: 'a.*' }", "ab,b", "Parameter 'P' must match pattern a.*")]
    public void Complete_ValueAgainstAConstraint_IsRefused(string definition, string value, string message) =>
        Should.Throw<AwsException>(() => Complete(definition, new() { ["P"] = value })).Message.ShouldBe(message);

    [Theory]
    [InlineData("{ Type: String, AllowedPattern: '[a-z]+' }", "abc")]
    [InlineData("{ Type: Number, MinValue: 0.5, MaxValue: 128 }", "0.5")]
    [InlineData("{ Type: List<AWS::EC2::Subnet::Id> }", "subnet-a, subnet-b")]
    [InlineData("{ Type: CommaDelimitedList }", "")]
    public void Complete_LegalValue_IsTaken(string definition, string value) =>
        Complete(definition, new() { ["P"] = value })["P"].ShouldBe(value);

    [Fact]
    public void Complete_NoValueAndNoDefault_IsRefused() =>
        Should.Throw<AwsException>(() => Complete("{ Type: String }", [])).Message.ShouldBe("Parameters: [P] must have values");

    [Fact]
    public void Complete_UnknownName_IsRefused() =>
        Should.Throw<AwsException>(() => Complete("{ Type: String, Default: a }", new() { ["Q"] = "1" })).Message.ShouldBe("Parameters: [Q] do not exist in the template");

    [Fact]
    public void Complete_PreviousValueAskedFor_IsKept()
    {
        var template = Template.Parse("Parameters: { P: { Type: String, Default: a } }\nResources: { K: { Type: AWS::KMS::Key } }");
        ParameterValues.Complete(template, new Dictionary<string, string?> { ["P"] = null }, new Dictionary<string, string> { ["P"] = "before" })["P"].ShouldBe("before");
    }

    private static Dictionary<string, string> Complete(string definition, Dictionary<string, string?> given) => ParameterValues.Complete(
        Template.Parse($"Parameters:\n  P: {definition}\nResources: {{ K: {{ Type: AWS::KMS::Key }} }}"), given, new Dictionary<string, string>());
}
