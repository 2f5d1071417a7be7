using Portal.Emulator.Aws;

namespace Portal.Tests.Emulator.Aws;

/// <summary>
/// What CloudFormation says to a template before it looks at any value. The words are those of its ValidationErrors as the user guide's
/// "Troubleshooting CloudFormation" and public issues quote them.
/// </summary>
public sealed class TemplateFormatTests : IDisposable
{
    private const string Key = "Resources: { A: { Type: AWS::KMS::Key } }";

    private readonly TestFolder _folder = new();
    private readonly AwsHalf _aws;

    public TemplateFormatTests() => _aws = new AwsHalf(_folder);

    [Theory]
    [InlineData("a", "Template format error: unsupported structure.")]
    [InlineData("[]", "Template format error: unsupported structure.")]
    [InlineData("{", "Template format error: JSON not well-formed. (line 1, column 2)")]
    [InlineData("Resources: b: c", "Template format error: YAML not well-formed. (line 1, column 13)")]
    [InlineData("Resources: {}", "Template format error: At least one Resources member must be defined.")]
    [InlineData("Foo: 1\n" + Key, "Invalid template property or properties [Foo]")]
    [InlineData("AWSTemplateFormatVersion: \"2020-01-01\"\n" + Key, "Template format error: unsupported value for AWSTemplateFormatVersion.")]
    [InlineData("Resources: { A: { Properties: {} } }", "Template format error: [/Resources/A] Every Resources object must contain a Type member.")]
    [InlineData("Resources: { A: { Type: AWS::KMS::Key, Foo: 1 } }", "Invalid template resource property 'Foo'")]
    [InlineData("Resources: { A-b: { Type: AWS::KMS::Key } }", "Template format error: Resource name A-b is non alphanumeric.")]
    [InlineData("Resources: { A: { Type: AWS::KMS::Key, DependsOn: { a: b } } }", "Template format error: DependsOn must be a string or list of strings.")]
    [InlineData("Resources: { A: { Type: AWS::KMS::Key, DependsOn: [B] } }", "Template format error: Unresolved resource dependencies [B] in the Resources block of the template")]
    [InlineData("Resources: { A: { Type: AWS::KMS::Key, Condition: C } }", "Template format error: Unresolved condition dependency C in the Resources block of the template")]
    [InlineData("Resources: { A: { Type: AWS::KMS::Key, Properties: { Description: } } }", "Template format error: [/Resources/A/Properties/Description] 'null' values are not allowed in templates")]
    [InlineData("Resources: { A: { Type: AWS::KMS::Key, Properties: { Tags: [{ Key: a, Value: ~ }] } } }", "Template format error: [/Resources/A/Properties/Tags/0/Value] 'null' values are not allowed in templates")]
    [InlineData("Resources: { A: { Type: Foo::Bar::Baz }, B: { Type: AWS::Glue::Job } }", "Template format error: Unrecognized resource types: [Foo::Bar::Baz, AWS::Glue::Job]")]
    [InlineData("Parameters: { P: {} }\n" + Key, "Template format error: Every Parameters object must contain a Type member.")]
    [InlineData("Parameters: { P: { Type: Text } }\n" + Key, "Template format error: Unrecognized parameter type: Text")]
    [InlineData("Parameters: { P: { Type: String, Size: 3 } }\n" + Key, "Invalid template parameter property 'Size'")]
    [InlineData("Outputs: { O: {} }\n" + Key, "Template format error: Every Outputs member must contain a Value object")]
    [InlineData("Outputs: { O: { Value: [a] } }\n" + Key, "Template format error: The Value field of every Outputs member must evaluate to a String.")]
    [InlineData("Outputs: { O: { Value: !Ref B } }\n" + Key, "Template format error: Unresolved resource dependencies [B] in the Outputs block of the template")]
    [InlineData("Conditions: { C: !Equals [!Ref A, b] }\n" + Key, "Template format error: Unresolved dependencies [A]. Cannot reference resources in the Conditions block of the template")]
    [InlineData("Conditions: { C: !Not [!Condition D] }\n" + Key, "Template format error: Unresolved condition dependency D in the Conditions block of the template")]
    [InlineData("Conditions: { C: &x !Equals [a, b], D: *x }\n" + Key, "Template format error: YAML aliases are not allowed in CloudFormation templates")]
    public void Validate_UnsoundTemplate_IsToldSo(string template, string message)
    {
        var error = Should.Throw<AwsException>(() => _aws.Ask("ValidateTemplate", ("TemplateBody", template)));
        (error.Code, error.Status, error.Message).ShouldBe(("ValidationError", 400, message));
    }

    [Theory]
    [InlineData("!GetAtt A", "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute")]
    [InlineData("!GetAtt B.Arn", "Template error: instance of Fn::GetAtt references undefined resource B")]
    [InlineData("!Sub \"${B}\"", "Template format error: Unresolved resource dependencies [B] in the Resources block of the template")]
    [InlineData("!Sub \"${a b}\"", "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons")]
    [InlineData("!Sub [a]", "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string")]
    [InlineData("!Join [a]", "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.")]
    [InlineData("!Select [0, a]", "Template error: Fn::Select requires a list argument with two elements: an integer index and a list")]
    [InlineData("!Split [a]", "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.")]
    [InlineData("!If [a, b]", "Template error: Fn::If requires a list argument with three elements")]
    [InlineData("!If [C, b, c]", "Template format error: Unresolved condition dependency C in the Resources block of the template")]
    [InlineData("!FindInMap [a, b]", "Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value")]
    [InlineData("!ImportValue [a]", "Template error: the attribute in Fn::ImportValue must be a string or a function that returns a string")]
    [InlineData("!Base64 [a]", "Template error: every Fn::Base64 object must have a String-typed value.")]
    [InlineData("!Equals [a]", "Template error: every Fn::Equals object requires a list of 2 string parameters.")]
    [InlineData("!And [a]", "Template error: every Fn::And object requires a list of at least 2 and at most 10 boolean parameters.")]
    [InlineData("!Or [a]", "Template error: every Fn::Or object requires a list of at least 2 and at most 10 boolean parameters.")]
    [InlineData("!Not [a, b]", "Template error: every Fn::Not object requires one boolean parameter.")]
    [InlineData("!Ref [A]", "Template error: every Ref object must have a single String value.")]
    public void Validate_FunctionWithWrongArguments_IsToldSo(string value, string message) =>
        Should.Throw<AwsException>(() => _aws.Ask("ValidateTemplate", ("TemplateBody", $"Resources: {{ A: {{ Type: AWS::KMS::Key, Properties: {{ Description: {value} }} }} }}"))).Message.ShouldBe(message);

    [Fact]
    public void Create_ConditionsInACircle_AreRefused() =>
        Should.Throw<AwsException>(() => _aws.Create("c", "Conditions: { C: !Not [!Condition D], D: !Not [!Condition C] }\n" + Key)).Message
            .ShouldBe("Template format error: Found circular condition dependency among: [C, D]");

    /// <summary>51,200 bytes are enough to nest deeper than any stack of a process.</summary>
    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    public void Validate_TemplateThatNestsWithoutEnd_IsRefused(char bracket) =>
        Should.Throw<AwsException>(() => _aws.Ask("ValidateTemplate", ("TemplateBody", "Resources: " + new string(bracket, 50_000)))).Message.ShouldStartWith("Template format error: ");

    public void Dispose()
    {
        _aws.Dispose();
        _folder.Dispose();
    }
}
