using System.Text;
using System.Text.Json.Nodes;
using Portal.Emulator.Aws;
using Portal.Emulator.Aws.Signing;
using Portal.Emulator.Contracts;

namespace Portal.Tests.Emulator.Aws;

/// <summary>Secrets Manager and Parameter Store over their protocols, and what a pod's role may read of them.</summary>
public sealed class SecretServicesTests : IDisposable
{
    private const string Access = """
        Resources:
          Policy:
            Type: AWS::IAM::ManagedPolicy
            Properties:
              PolicyDocument:
                Version: "2012-10-17"
                Statement:
                  - { Effect: Allow, Action: [secretsmanager:GetSecretValue], Resource: !Sub "arn:aws:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:shop/payment-??????" }
                  - { Effect: Allow, Action: ssm:GetParameters, Resource: !Sub "arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/shop/flag" }
          Role:
            Type: AWS::IAM::Role
            Properties:
              AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [{ Effect: Allow, Principal: { Service: pods.eks.amazonaws.com }, Action: ["sts:AssumeRole", "sts:TagSession"] }] }
              ManagedPolicyArns: [!Ref Policy]
          Identity: { Type: AWS::EKS::PodIdentityAssociation, Properties: { ClusterName: shop, Namespace: shop, ServiceAccount: web, RoleArn: !GetAtt Role.Arn } }
        """;

    private readonly TestFolder _folder = new();
    private readonly AwsHalf _aws;

    public SecretServicesTests()
    {
        _aws = new AwsHalf(_folder);
        _aws.Create("access", Access);
        _aws.Move(1000);
    }

    [Fact]
    public async Task Secret_MadeChangedAndRotated_HasAnotherVersionEachTime()
    {
        var made = await SecretsAsync("CreateSecret", """{"Name":"shop/payment","SecretString":"{\"apiKey\":\"one\"}"}""");
        made["ARN"]!.GetValue<string>().ShouldMatch("^arn:aws:secretsmanager:us-east-1:000000000000:secret:shop/payment-[a-z0-9]{6}$");
        (await Should.ThrowAsync<AwsException>(() => SecretsAsync("CreateSecret", """{"Name":"shop/payment"}"""))).Code.ShouldBe("ResourceExistsException");
        var put = await SecretsAsync("PutSecretValue", $$"""{"SecretId":"{{made["ARN"]}}","SecretString":"{\"apiKey\":\"two\",\"password\":\"x\"}"}""");
        await SecretsAsync("RotateSecret", """{"SecretId":"shop/payment"}""");

        var value = await SecretsAsync("GetSecretValue", """{"SecretId":"shop/payment"}""");
        var content = JsonNode.Parse(value["SecretString"]!.GetValue<string>())!;
        (content["apiKey"]!.GetValue<string>(), content["password"]!.GetValue<string>() == "x").ShouldBe(("two", false));
        new[] { made, put, value }.Select(one => one["VersionId"]!.GetValue<string>()).Distinct().Count().ShouldBe(3);
        (await SecretsAsync("DescribeSecret", """{"SecretId":"shop/payment"}"""))["VersionIdsToStages"]!.AsObject().Select(stage => stage.Value![0]!.GetValue<string>()).ShouldBe(["AWSCURRENT", "AWSPREVIOUS"]);
        await SecretsAsync("DeleteSecret", """{"SecretId":"shop/payment"}""");
        (await Should.ThrowAsync<AwsException>(() => SecretsAsync("GetSecretValue", """{"SecretId":"shop/payment"}"""))).Code.ShouldBe("ResourceNotFoundException");
    }

    [Theory]
    [InlineData("web", "secretsmanager", "shop/payment", null)]
    [InlineData("web", "secretsmanager", "shop/other", "is not authorized to perform: secretsmanager:GetSecretValue")]
    [InlineData("web", "ssmparameter", "/shop/flag", null)]
    [InlineData("web", "ssmparameter", "/shop/other", "is not authorized to perform: ssm:GetParameters")]
    [InlineData("cart", "secretsmanager", "shop/payment", "No pod identity association found")]
    public async Task Fetch_ByTheRoleOfThePod_ReadsWhatItsPolicyNames(string account, string type, string name, string? fault)
    {
        await SecretsAsync("CreateSecret", """{"Name":"shop/payment","SecretString":"one"}""");
        await ParametersAsync("PutParameter", """{"Name":"/shop/flag","Type":"SecureString","Value":"on"}""");

        var got = _aws.Get<IPodSecrets>().Fetch("shop", "shop", account, type, name);

        if (fault is null)
            (got.Fault, got.Value).ShouldBe((null, type == "secretsmanager" ? "one" : "on"));
        else
            got.Fault!.ShouldContain(fault);
    }

    [Fact]
    public async Task Fetch_WhatIsNotThere_IsRefusedAsTheProviderSaysIt()
    {
        var secrets = _aws.Get<IPodSecrets>();
        secrets.Fetch("shop", "shop", "web", "secretsmanager", "shop/payment").Fault!.ShouldMatch("^us-east-1: Failed fetching secret shop/payment: operation error Secrets Manager: GetSecretValue, .*ResourceNotFoundException: Secrets Manager can't find the specified secret.$");
        secrets.Fetch("shop", "shop", "web", "ssmparameter", "/shop/flag").Fault.ShouldBe("400: us-east-1: invalid parameters: /shop/flag");
        (await ParametersAsync("PutParameter", """{"Name":"/shop/flag","Type":"String","Value":"on"}"""))["Version"]!.GetValue<int>().ShouldBe(1);
        (await Should.ThrowAsync<AwsException>(() => ParametersAsync("PutParameter", """{"Name":"/shop/flag","Value":"off"}"""))).Code.ShouldBe("ParameterAlreadyExists");
        await ParametersAsync("PutParameter", """{"Name":"/shop/flag","Value":"off","Overwrite":true}""");
        secrets.Fetch("shop", "shop", "web", "ssmparameter", "/shop/flag").Version.ShouldBe("2");
        (await ParametersAsync("GetParameters", """{"Names":["/shop/flag","/shop/other"],"WithDecryption":true}"""))["InvalidParameters"]!.ToJsonString().ShouldBe("""["/shop/other"]""");
    }

    [Fact]
    public async Task PutParameter_OverOneOfAStack_IsItsNextVersion()
    {
        _aws.Create("settings", "Resources: { Flag: { Type: AWS::SSM::Parameter, Properties: { Name: /shop/list, Type: StringList, Value: a } } }");
        _aws.Move(1000);

        (await ParametersAsync("PutParameter", """{"Name":"/shop/list","Value":"a,b","Overwrite":true}"""))["Version"]!.GetValue<int>().ShouldBe(2);

        (await ParametersAsync("GetParameter", """{"Name":"/shop/list"}"""))["Parameter"]!["Type"]!.GetValue<string>().ShouldBe("StringList");
    }

    public void Dispose()
    {
        _aws.Dispose();
        _folder.Dispose();
    }

    private Task<JsonObject> SecretsAsync(string action, string body) => AskAsync("secretsmanager", "secretsmanager", action, body);

    private Task<JsonObject> ParametersAsync(string action, string body) => AskAsync("ssm", "AmazonSSM", action, body);

    private async Task<JsonObject> AskAsync(string service, string target, string action, string body)
    {
        var caller = new Caller("000000000000", "arn:aws:iam::000000000000:user/portal", "id", "arn:aws:iam::000000000000:user/portal");
        var request = new AwsRequest("id", "POST", "/", new QueryParameters(new Dictionary<string, string>()), caller)
        {
            Region = "us-east-1",
            Header = name => name == "x-amz-target" ? $"{target}.{action}" : null,
            Body = Encoding.UTF8.GetBytes(body),
        };
        var answer = await _aws.Get<IEnumerable<IAwsService>>().Single(one => one.SigningName == service).HandleAsync(request, default);
        return JsonNode.Parse(AwsHalf.BodyOf(answer))!.AsObject();
    }
}
