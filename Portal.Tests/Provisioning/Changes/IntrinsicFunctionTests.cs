using System.Text;
using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Provisioning.Changes;

namespace Portal.Tests.Provisioning.Changes;

/// <summary>Whether a property is seen to change when the parameters Word (a word), Words (a list) and Id (an output of another stack) do.</summary>
public sealed class IntrinsicFunctionTests
{
    private const string Template =
        """
        Parameters:
          Word: { Type: String }
          Words: { Type: CommaDelimitedList }
          Id: { Type: String }
        Mappings:
          Colours:
            a: { Of: red }
            b: { Of: red }
            c: { Of: blue }
        Conditions:
          IsA: !Equals [!Ref Word, a]
          IsNotC: !Not [!Equals [!Ref Word, c]]
          AOrB: !Or [!Condition IsA, !Equals [!Ref Word, b]]
          Both: !And [!Condition AOrB, !Condition IsNotC]
          HasId: !Not [!Equals [!Ref Id, ""]]
        Resources:
          Other:
            Type: AWS::SSM::Parameter
            Properties: { Type: String, Value: !Ref Word }
          Topic:
            Type: AWS::SSM::Parameter
            Properties:
              Type: String
              Value: VALUE
        """;

    [Theory]
    [InlineData("!Ref Word", true)]
    [InlineData("!Ref Id", false)]
    [InlineData("!Sub 'x-${Word}'", true)]
    [InlineData("!Sub ['x-${Y}', { Y: !Ref Word }]", true)]
    [InlineData("!Sub ['x-${Y}', { Y: !Ref Id }]", false)]
    [InlineData("!Sub '${!Word} ${AWS::Region} ${AWS::StackName} ${Id}'", false)]
    [InlineData("!If [IsA, 1, 2]", true)]
    [InlineData("!If [AOrB, 1, 2]", false)]
    [InlineData("!If [Both, 1, 2]", false)]
    [InlineData("!If [IsNotC, !Ref Id, !Ref Word]", false)]
    [InlineData("!If [HasId, 1, !Ref Word]", false)]
    [InlineData("!FindInMap [Colours, !Ref Word, Of]", false)]
    [InlineData("!Select [0, !Ref Words]", false)]
    [InlineData("!Select [1, !Ref Words]", true)]
    [InlineData("!Select [0, !Split ['-', !Sub 'x-${Word}']]", false)]
    [InlineData("!Select [1, !Split ['-', !Sub '${Id}-x-${Word}']]", false)]
    [InlineData("!Join [',', !Ref Words]", true)]
    [InlineData("!Join [',', [!Ref Id, x]]", false)]
    [InlineData("!Select [0, !Cidr [!Ref Word, 4, 8]]", true)]
    [InlineData("!Select [0, !GetAZs '']", false)]
    [InlineData("!Base64 { Ref: Word }", true)]
    [InlineData("{ 'Fn::GetAtt': [Other, Type] }", false)]
    [InlineData("!Ref Other", false)]
    [InlineData("!GetAtt Other.Value", true)]
    public void Evaluate_Expression_ChangesOnlyIfItsValueDoes(string expression, bool changes)
    {
        var change = UserChanges.Evaluator.Evaluate(Work(expression, "a", "x,y"), Work(expression, "b", "x,z"));

        change.Step("words").Resources.Any(resource => resource.LogicalId == "Topic").ShouldBe(changes);
    }

    [Fact]
    public void Evaluate_ConditionOfAResource_AddsAndRemovesIt()
    {
        const string Conditional = "x\n    Condition: IsA";

        var removed = UserChanges.Evaluator.Evaluate(Work(Conditional, "a", "x"), Work(Conditional, "b", "x"));
        var added = UserChanges.Evaluator.Evaluate(Work(Conditional, "b", "x"), Work(Conditional, "a", "x"));

        removed.Step("words").Resources.Single(resource => resource.LogicalId == "Topic").Action.ShouldBe(ResourceAction.Removed);
        added.Step("words").Resources.Single(resource => resource.LogicalId == "Topic").Action.ShouldBe(ResourceAction.Added);
    }

    private static PlannedWork Work(string value, string word, string words)
    {
        var body = Artifact.Of("words.yaml", Encoding.UTF8.GetBytes(Template.Replace("VALUE", value, StringComparison.Ordinal)));
        var step = new PlannedStep
        {
            Name = "words",
            Kind = StepKind.Stack,
            Title = "Words",
            Subject = "shop-words",
            Artifact = body.Digest,
            Inputs = new Dictionary<string, PlanInput>(StringComparer.Ordinal)
            {
                ["Word"] = new(word),
                ["Words"] = new(words),
                ["Id"] = PlanInput.From(PlanInput.TargetStep, "PrincipalArn"),
            },
        };
        var plan = new Plan
        {
            Environment = "shop",
            Target = "sandbox",
            Region = "us-east-1",
            Steps = [step],
            Cost = new CostEstimate(0, []),
            Expected = new DurationRange(),
        };
        return new PlannedWork(plan, [body]);
    }
}
