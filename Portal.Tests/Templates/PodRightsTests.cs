using System.Text.RegularExpressions;
using Portal.Core.Provisioning;
using Portal.Tests.Provisioning;
using YamlDotNet.RepresentationModel;
using static Portal.Tests.Templates.StackTemplate;

namespace Portal.Tests.Templates;

/// <summary>What the role of each service's pods may do, evaluated with the very inputs the plan gives bind-service.</summary>
public sealed partial class PodRightsTests
{
    private static readonly Plan s_plan = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;

    public static TheoryData<string, string, string, string> Uses => new()
    {
        { "product-service", "data-product-service", "SecretArn", "secretsmanager:GetSecretValue" },
        { "user-service", "data-user-service", "UserPoolArn", "cognito-idp:AdminGetUser" },
        { "cart-service", "data-cart-service", "TableArn", "dynamodb:PutItem" },
    };

    [Theory]
    [MemberData(nameof(Uses))]
    public void Role_OwnStore_MayUseIt(string service, string step, string output, string action) =>
        Allows(service, action, Output(step, output)).ShouldBeTrue();

    [Theory]
    [MemberData(nameof(Uses))]
    public void Role_StoreOfAnother_MayNotTouchIt(string owner, string step, string output, string action)
    {
        foreach (var other in s_plan.Steps.Select(one => one.Service).OfType<string>().Distinct().Where(name => name != owner))
        {
            Allows(other, action, Output(step, output)).ShouldBeFalse($"{other} may {action} of {owner}");
            Allows(other, "ssm:GetParameter", $"arn:aws:ssm:us-east-1:123456789012:parameter/portal/shop-staging/{owner}/host").ShouldBeFalse(other);
        }
    }

    [Fact]
    public void Role_ProductService_MayDoNothingToTheCartsTable()
    {
        var table = Output("data-cart-service", "TableArn");
        var actions = StackRules.Statements(Named("bind-service.yaml").Root).SelectMany(statement => Items(Child(statement, "Action"))).Select(Text).ToList();

        actions.ShouldContain("dynamodb:Scan");
        foreach (var action in actions)
        {
            Allows("product-service", action, table).ShouldBeFalse(action);
            Allows("product-service", action, table + "/index/by-user").ShouldBeFalse(action);
        }
    }

    [Fact]
    public void Role_Everybody_IsAssumedByItsOwnPodsOnly()
    {
        var trust = Child(Named("bind-service.yaml").Resources["PodRole"], "Properties", "AssumeRolePolicyDocument");
        var condition = Child(Items(Child(trust, "Statement")).ShouldHaveSingleItem(), "Condition");

        Text(Child(condition, "StringEquals", "aws:RequestTag/kubernetes-namespace")).ShouldBe("Namespace");
        // And by those of the job before its rollouts, where it has one.
        var account = Child(condition, "StringEquals", "aws:RequestTag/kubernetes-service-account")!;
        (Tag(account), Text(Items(account).First()), Text(Items(account).Last())).ShouldBe(("!If", "HasJob", "ServiceAccountName"));
        Items(Items(account).ElementAt(1)).Select(Text).ShouldBe(["ServiceAccountName", "JobServiceAccountName"]);
        Child(condition, "ArnEquals", "aws:SourceArn").ShouldNotBeNull();
    }

    private static bool Allows(string service, string action, string resource)
    {
        var template = Named("bind-service.yaml");
        var values = template.Parameters.ToDictionary(pair => pair.Key, pair => Text(Child(pair.Value, "Default")), StringComparer.Ordinal);
        foreach (var (parameter, input) in s_plan.Step($"bind-{service}").Inputs)
            values[parameter] = input.Value ?? Output(input.Step!, input.Output!);
        return template.OfType("AWS::IAM::RolePolicy")
            .Where(policy => Holds(template, Text(Child(template.Resources[policy.Id], "Condition")), values))
            .SelectMany(policy => Items(Child(policy.Properties, "PolicyDocument", "Statement")))
            .Any(statement => Text(Child(statement, "Effect")) == "Allow"
                && Items(Child(statement, "Action")).Any(one => Matches(Text(one), action))
                && Items(Child(statement, "Resource")).Any(one => Matches(Resolve(one, values), resource)));
    }

    // What AWS would put out; each step's own.
    private static string Output(string step, string output) => output switch
    {
        "SecretArn" => $"arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!cluster-{step}",
        "TableArn" => $"arn:aws:dynamodb:us-east-1:123456789012:table/shop-staging-{step}",
        "UserPoolArn" => $"arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_{step}",
        "ParameterPath" => s_plan.Step(step).Inputs["ParameterPath"].Value!,
        _ => $"{step}.{output}",
    };

    // Conditions of that template are all of the form !Not [!Equals [!Ref X, ""]]; another form has to be taught here first.
    private static bool Holds(StackTemplate template, string condition, Dictionary<string, string> values)
    {
        var not = Child(template.Root, "Conditions", condition);
        Tag(not!).ShouldBe("!Not");
        var equals = Items(not).ShouldHaveSingleItem();
        Text(Items(equals).Last()).ShouldBeEmpty();
        return values[Text(Items(equals).First())].Length > 0;
    }

    private static string Resolve(YamlNode node, Dictionary<string, string> values) => Tag(node) switch
    {
        "!Ref" => values[Text(node)],
        "!Sub" => Variable().Replace(Text(node), match => match.Groups[1].Value switch
        {
            "AWS::Partition" => "aws",
            "AWS::Region" => "us-east-1",
            "AWS::AccountId" => "123456789012",
            var name => values[name],
        }),
        "" => Text(node),
        var tag => throw new InvalidDataException($"{tag} in a policy"),
    };

    // As IAM does: * is any text, ? any character.
    private static bool Matches(string pattern, string text) => Regex.IsMatch(
        text, "^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal) + "$", RegexOptions.Singleline, TimeSpan.FromSeconds(1));

    [GeneratedRegex(@"\$\{([^}]+)\}")]
    private static partial Regex Variable();
}
