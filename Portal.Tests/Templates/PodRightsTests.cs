using System.Text;
using System.Text.RegularExpressions;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning;
using YamlDotNet.RepresentationModel;
using static Portal.Tests.Templates.StackTemplate;

namespace Portal.Tests.Templates;

/// <summary>What the role of each service's pods may do: the policies of exactly the stores that the plan gives bind-service, with the plan's own inputs.</summary>
public sealed partial class PodRightsTests
{
    private static readonly PlannedWork s_work = Samples.Plans.Build(Shop(), Samples.Target);

    private static Plan Plan => s_work.Plan;

    public static TheoryData<string, string, string, string> Uses => new()
    {
        { "product-service", "user-product-service", "UserSecret", "secretsmanager:GetSecretValue" },
        { "product-service", "store-wishes-product-service", "Table.Arn", "dynamodb:PutItem" },
        { "user-service", "data-user-service", "UserPool.Arn", "cognito-idp:AdminGetUser" },
        { "cart-service", "data-cart-service", "Table.Arn", "dynamodb:PutItem" },
    };

    [Theory]
    [MemberData(nameof(Uses))]
    public void Role_OwnStore_MayUseIt(string service, string step, string attribute, string action) =>
        Allows(service, action, Attribute(step, attribute)).ShouldBeTrue();

    [Theory]
    [MemberData(nameof(Uses))]
    public void Role_StoreOfAnother_MayNotTouchIt(string owner, string step, string attribute, string action)
    {
        foreach (var other in Plan.Steps.Select(one => one.Service).OfType<string>().Distinct().Where(name => name != owner))
        {
            Allows(other, action, Attribute(step, attribute)).ShouldBeFalse($"{other} may {action} of {owner}");
            Allows(other, "ssm:GetParameter", $"arn:aws:ssm:us-east-1:123456789012:parameter/portal/shop-staging/{owner}/host").ShouldBeFalse(other);
        }
    }

    /// <summary>The master signs in for nobody but the job that makes the service's user.</summary>
    [Theory]
    [InlineData("data-product-service", "Cluster.MasterUserSecret.SecretArn", "user-product-service")]
    [InlineData("store-documents-product-service", "Secret", "userof-documents-product-service")]
    [InlineData("store-broker-product-service", "Secret", "userof-broker-product-service")]
    public void Role_MastersSecret_IsTheJobsAlone(string store, string secret, string step)
    {
        var master = Attribute(store, secret);
        var user = Plan.Step(step);

        Allows("product-service", "secretsmanager:GetSecretValue", master).ShouldBeFalse();
        Allows("product-service", "secretsmanager:GetSecretValue", Attribute(step, "UserSecret")).ShouldBeTrue();
        Allows(user, "JobRole", "secretsmanager:GetSecretValue", master).ShouldBeTrue();
        Allows(user, "JobRole", "secretsmanager:GetSecretValue", Attribute(step, "UserSecret")).ShouldBeTrue();
        Allows(user, "JobRole", "ssm:GetParameter", "arn:aws:ssm:us-east-1:123456789012:parameter/portal/shop-staging/product-service/host").ShouldBeFalse();
        user.Inputs["UserServiceAccountName"].Value.ShouldNotBe("product-service");
        Text(Child(Template(user).Resources["Identity"], "Properties", "ServiceAccount")).ShouldBe("UserServiceAccountName");
    }

    [Fact]
    public void Role_ProductService_MayDoNothingToTheCartsTable()
    {
        var table = Attribute("data-cart-service", "Table.Arn");
        var actions = StackRules.Statements(Named("data-dynamodb.yaml").Root).SelectMany(statement => Items(Child(statement, "Action"))).Select(Text).ToList();

        actions.ShouldContain("dynamodb:Scan");
        foreach (var action in actions)
        {
            Allows("product-service", action, table).ShouldBeFalse(action);
            Allows("product-service", action, table + "/index/by-user").ShouldBeFalse(action);
        }
    }

    [Theory]
    [InlineData("bind-service (one store)", "ServiceAccountName")]
    // And by those of the job before its rollouts, where it has one.
    [InlineData("bind-service (several stores)", "ServiceAccountName", "JobServiceAccountName")]
    public void Role_Everybody_IsAssumedByItsOwnPodsOnly(string template, params string[] accounts)
    {
        var trust = Child(Named(template).Resources["PodRole"], "Properties", "AssumeRolePolicyDocument");
        var condition = Child(Items(Child(trust, "Statement")).ShouldHaveSingleItem(), "Condition");

        Text(Child(condition, "StringEquals", "aws:RequestTag/kubernetes-namespace")).ShouldBe("Namespace");
        Items(Child(condition, "StringEquals", "aws:RequestTag/kubernetes-service-account")).Select(Text).ShouldBe(accounts);
        Child(condition, "ArnEquals", "aws:SourceArn").ShouldNotBeNull();
    }

    private static Specification Shop()
    {
        var shop = Samples.Shop();
        return shop with { Services = [shop.Services[0] with { Stores = [.. shop.Services[0].Stores, new StoreSpecification { Name = "wishes", Type = "dynamodb" }, new StoreSpecification { Name = "documents", Type = "documentdb" }, new StoreSpecification { Name = "broker", Type = "rabbitmq" }] }, .. shop.Services.Skip(1)] };
    }

    private static bool Allows(string service, string action, string resource) => Allows(Plan.Step($"bind-{service}"), "PodRole", action, resource);

    private static bool Allows(PlannedStep step, string role, string action, string resource) =>
        Items(Child(Template(step).Resources[role], "Properties", "ManagedPolicyArns"))
            // Of the stack itself, or what a parameter brings.
            .SelectMany(policy => step.Inputs.TryGetValue(Text(policy), out var source) ? Statements(source.Step!, Text(Child(Template(Plan.Step(source.Step!)).Outputs[source.Output!], "Value"))) : Statements(step.Name, Text(policy)))
            .Any(one => Text(Child(one.Statement, "Effect")) == "Allow"
                && Items(Child(one.Statement, "Action")).Any(each => Matches(Text(each), action))
                && Items(Child(one.Statement, "Resource")).Any(each => Matches(Resolve(each, one.Step), resource)));

    private static IEnumerable<(string Step, YamlNode Statement)> Statements(string step, string policy) =>
        Items(Child(Template(Plan.Step(step)).Resources[policy], "Properties", "PolicyDocument", "Statement")).Select(statement => (step, statement));

    private static StackTemplate Template(PlannedStep step) => Parse(step.Name, Encoding.UTF8.GetString(s_work.Artifacts.Single(artifact => artifact.Digest == step.Artifact).Body));

    // What AWS would answer; each step's own.
    private static string Attribute(string step, string attribute) => attribute switch
    {
        "Cluster.MasterUserSecret.SecretArn" => $"arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!cluster-{step}",
        "Secret" => $"arn:aws:secretsmanager:us-east-1:123456789012:secret:Secret-{step}",
        "UserSecret" => $"arn:aws:secretsmanager:us-east-1:123456789012:secret:UserSecret-{step}",
        "Table.Arn" => $"arn:aws:dynamodb:us-east-1:123456789012:table/shop-staging-{step}",
        "UserPool.Arn" => $"arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_{step}",
        _ => $"{step}.{attribute}",
    };

    private static string Resolve(YamlNode node, string step) => Tag(node) switch
    {
        "!GetAtt" => Attribute(step, Text(node)),
        // A secret's own, or that of the stack that a parameter names.
        "!Ref" => Plan.Step(step).Inputs.TryGetValue(Text(node), out var given) ? Attribute(given.Step!, "UserSecret") : Attribute(step, Text(node)),
        "!Sub" => Variable().Replace(Text(node), match => match.Groups[1].Value switch
        {
            "AWS::Partition" => "aws",
            "AWS::Region" => "us-east-1",
            "AWS::AccountId" => "123456789012",
            "ParameterPath" => Plan.Step(step).Inputs["ParameterPath"].Value!,
            var attribute => Attribute(step, attribute),
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
