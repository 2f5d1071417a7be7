using System.Text.Json.Nodes;
using Portal.Emulator.Aws;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Tests.Emulator.Aws;

/// <summary>Expected values follow the CloudFormation user guide's pages on intrinsic functions.</summary>
public sealed class TemplateFunctionTests
{
    private const string Head = """
        Transform: AWS::LanguageExtensions
        Parameters:
          Name: { Type: String, Default: shop }
          Zones: { Type: Number, Default: 2 }
          Subnets: { Type: CommaDelimitedList, Default: "subnet-a,subnet-b" }
          None: { Type: CommaDelimitedList, Default: "" }
        Mappings:
          Sizes:
            us-east-1: { small: t3.medium, list: [a, b] }
        Conditions:
          Three: !Equals [!Ref Zones, 3]
          Two: !Not [!Condition Three]
          Both: !And [!Condition Two, !Equals [a, a]]
          Either: !Or [!Condition Three, !Equals [a, b]]
          Empty: !Equals [!Join ["", !Ref None], ""]
        Resources:
          Topic: { Type: AWS::Logs::LogGroup }
        """;

    [Theory]
    [InlineData("!Ref Name", "\"shop\"")]
    [InlineData("!Ref Subnets", "[\"subnet-a\",\"subnet-b\"]")]
    [InlineData("!Ref AWS::Region", "\"us-east-1\"")]
    [InlineData("!Ref Topic", "\"ref-Topic\"")]
    [InlineData("!GetAtt Topic.Arn", "\"att-Topic-Arn\"")]
    [InlineData("!GetAtt Topic.Endpoint.Address", "\"att-Topic-Endpoint.Address\"")]
    [InlineData("{ \"Fn::GetAtt\": [Topic, Arn] }", "\"att-Topic-Arn\"")]
    [InlineData("!Sub \"${Name}-${AWS::AccountId}-${Topic}-${Topic.Arn}\"", "\"shop-000000000000-ref-Topic-att-Topic-Arn\"")]
    [InlineData("!Sub \"${!Literal}\"", "\"${Literal}\"")]
    [InlineData("!Sub [\"${A}/${Name}\", { A: !Ref Zones }]", "\"2/shop\"")]
    [InlineData("!Join [\",\", !Ref Subnets]", "\"subnet-a,subnet-b\"")]
    [InlineData("!Join [\"-\", [a, !Ref Name, 1]]", "\"a-shop-1\"")]
    [InlineData("!Select [1, !Ref Subnets]", "\"subnet-b\"")]
    [InlineData("!Select [\"0\", !Split [\"|\", \"x|y\"]]", "\"x\"")]
    [InlineData("!If [Two, yes, no]", "\"yes\"")]
    [InlineData("!If [Three, yes, no]", "\"no\"")]
    [InlineData("!If [Both, 1, 2]", "1")]
    [InlineData("!If [Either, 1, 2]", "2")]
    [InlineData("!If [Empty, 1, 2]", "1")]
    [InlineData("[a, !If [Three, b, !Ref AWS::NoValue]]", "[\"a\"]")]
    [InlineData("{ a: 1, b: !Ref AWS::NoValue }", "{\"a\":1}")]
    [InlineData("!FindInMap [Sizes, !Ref AWS::Region, small]", "\"t3.medium\"")]
    [InlineData("!FindInMap [Sizes, us-east-1, list]", "[\"a\",\"b\"]")]
    [InlineData("!Cidr [10.0.0.0/16, 3, 8]", "[\"10.0.0.0/24\",\"10.0.1.0/24\",\"10.0.2.0/24\"]")]
    [InlineData("!Select [5, !Cidr [10.1.0.0/16, 6, 12]]", "\"10.1.80.0/20\"")]
    [InlineData("!Select [0, !GetAZs \"\"]", "\"us-east-1a\"")]
    [InlineData("!Select [2, !GetAZs { Ref: AWS::Region }]", "\"us-east-1c\"")]
    [InlineData("!Base64 hello", "\"aGVsbG8=\"")]
    [InlineData("!ImportValue other", "\"import-other\"")]
    [InlineData("{ \"Fn::Length\": !Ref Subnets }", "2")]
    [InlineData("{ \"Fn::ToJsonString\": { a: !Ref Name } }", "\"{\\u0022a\\u0022:\\u0022shop\\u0022}\"")]
    [InlineData("2012-10-17", "\"2012-10-17\"")]
    [InlineData("012345678901", "\"012345678901\"")]
    [InlineData("1.10", "\"1.10\"")]
    public void Evaluate_Function_GivesTheDocumentedValue(string yaml, string expected)
    {
        Evaluator(out var template, yaml).Evaluate(template.Outputs["Out"].Value)!.ToJsonString().ShouldBe(expected);
    }

    [Theory]
    [InlineData("!Select [7, !Ref Subnets]", "Template error: Fn::Select cannot select nonexistent value at index 7")]
    [InlineData("!FindInMap [Sizes, us-east-1, huge]", "Template error: Unable to get mapping for Sizes::us-east-1::huge")]
    [InlineData("!FindInMap [Nope, a, b]", "Template error: Mapping named 'Nope' is not present in the 'Mappings' section of template.")]
    [InlineData("!If [Unknown, a, b]", "Template format error: Unresolved condition dependency Unknown")]
    [InlineData("!If [Two, a]", "Template error: every Fn::If object requires a list argument with 3 elements")]
    [InlineData("!Cidr [10.0.0.0/24, 3, 8]", "Template error: Fn::Cidr cannot make 3 blocks with 8 host bits of 10.0.0.0/24")]
    public void Evaluate_WrongUse_IsAValidationError(string yaml, string message)
    {
        var evaluator = Evaluator(out var template, yaml);
        var error = Should.Throw<AwsException>(() => evaluator.Evaluate(template.Outputs["Out"].Value));
        error.Code.ShouldBe("ValidationError");
        error.Message.ShouldBe(message);
    }

    [Theory]
    [InlineData("Resources: {}", "Template format error: At least one Resources member must be defined.")]
    [InlineData("Resources: { A: { Properties: {} } }", "Template format error: [/Resources/A] Every Resources object must contain a Type member.")]
    [InlineData("Resources: { a-b: { Type: AWS::KMS::Key } }", "Template format error: Resource name a-b is non alphanumeric.")]
    [InlineData("Resource: { A: { Type: AWS::KMS::Key } }", "Invalid template property or properties [Resource]")]
    [InlineData("Resources: { A: { Type: [", "Template format error: YAML not well-formed. (line 2, column 1)")]
    [InlineData("{\"Resources\": ", "Template format error: JSON not well-formed. (line 1, column 15)")]
    [InlineData("Resources: { A: { Type: AWS::KMS::Key } }\nParameters: { P: { Type: Strin } }", "Template format error: Unrecognized parameter type: Strin")]
    public void Parse_UnsoundTemplate_SaysWhy(string body, string message) =>
        Should.Throw<AwsException>(() => Template.Parse(body)).Message.ShouldBe(message);

    [Fact]
    public void Parse_YamlAndJson_GiveTheSameTree()
    {
        var yaml = TemplateReader.Read("""
            Resources:
              A:
                Type: AWS::Logs::LogGroup
                Properties: { LogGroupName: !Sub "${AWS::StackName}-x", RetentionInDays: 7 }
            """);
        var json = TemplateReader.Read("""{"Resources":{"A":{"Type":"AWS::Logs::LogGroup","Properties":{"LogGroupName":{"Fn::Sub":"${AWS::StackName}-x"},"RetentionInDays":7}}}}""");
        yaml.SameAs(json).ShouldBeTrue();
    }

    private static Evaluator Evaluator(out Template template, string output)
    {
        template = Template.Parse($"{Head}\nOutputs:\n  Out:\n    Value: {output}\n");
        var values = ParameterValues.Complete(template, new Dictionary<string, string?>(), new Dictionary<string, string>());
        var pseudo = new Dictionary<string, JsonNode?> { ["AWS::Region"] = "us-east-1", ["AWS::AccountId"] = "000000000000", ["AWS::StackName"] = "demo" };
        return new Evaluator(template, ParameterValues.ToNodes(template, values, _ => null), pseudo, new NamedReferences());
    }

    private sealed class NamedReferences : IReferences
    {
        public JsonNode? Ref(string logicalId) => "ref-" + logicalId;

        public JsonNode? Attribute(string logicalId, string attribute) => $"att-{logicalId}-{attribute}";

        public JsonNode? Import(string exportName) => "import-" + exportName;
    }
}
