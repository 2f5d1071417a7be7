using System.Text.RegularExpressions;
using Portal.Tests.Fixtures;
using YamlDotNet.RepresentationModel;
using static Portal.Tests.Templates.StackTemplate;

namespace Portal.Tests.Templates;

/// <summary>The bootstrap stack of an account: enough for what is provisioned there, and no more.</summary>
public sealed partial class TargetTemplateTests
{
    private const string ThroughCloudFormation = "cloudformation.amazonaws.com";

    private static readonly StackTemplate s_target = Named("target.yaml");

    // Resource type → the action that makes one (AWS's service authorization reference). VPC endpoints and the like follow the type's name.
    private static readonly Dictionary<string, string> s_makes = new(StringComparer.Ordinal)
    {
        ["AWS::EC2::EIP"] = "ec2:AllocateAddress",
        ["AWS::EC2::VPCEndpoint"] = "ec2:CreateVpcEndpoint",
        ["AWS::EC2::VPC"] = "ec2:CreateVpc",
        ["AWS::EC2::FlowLog"] = "ec2:CreateFlowLogs",
        ["AWS::EC2::VPCGatewayAttachment"] = "ec2:AttachInternetGateway",
        ["AWS::EC2::SubnetRouteTableAssociation"] = "ec2:AssociateRouteTable",
        ["AWS::EC2::SecurityGroupIngress"] = "ec2:AuthorizeSecurityGroupIngress",
        ["AWS::IAM::ManagedPolicy"] = "iam:CreatePolicy",
        ["AWS::IAM::RolePolicy"] = "iam:PutRolePolicy",
        ["AWS::Lambda::Permission"] = "lambda:AddPermission",
        ["AWS::SSM::Parameter"] = "ssm:PutParameter",
        ["AWS::AmazonMQ::Broker"] = "mq:CreateBroker",
        // DocumentDB's API is RDS's.
        ["AWS::DocDB::DBCluster"] = "rds:CreateDBCluster",
        ["AWS::DocDB::DBInstance"] = "rds:CreateDBInstance",
        ["AWS::DocDB::DBSubnetGroup"] = "rds:CreateDBSubnetGroup",
        ["AWS::ElastiCache::SubnetGroup"] = "elasticache:CreateCacheSubnetGroup",
        ["AWS::OpenSearchService::Domain"] = "es:CreateDomain",
        ["AWS::Route53::RecordSet"] = "route53:ChangeResourceRecordSets",
        ["AWS::S3::BucketPolicy"] = "s3:PutBucketPolicy",
        ["AWS::SNS::TopicPolicy"] = "sns:SetTopicAttributes",
        ["AWS::SQS::QueuePolicy"] = "sqs:SetQueueAttributes",
        ["AWS::WAFv2::LoggingConfiguration"] = "wafv2:PutLoggingConfiguration",
        ["AWS::WAFv2::WebACLAssociation"] = "wafv2:AssociateWebACL",
    };

    public static TheoryData<string> TypesOfTheProduct => [.. All.Where(template => template.Name != "target.yaml")
        .SelectMany(template => template.Resources.Values).Select(resource => Text(Child(resource, "Type"))).Distinct()];

    [Theory]
    [MemberData(nameof(TypesOfTheProduct))]
    public void Role_EveryTypeOfTheTemplates_MayBeMadeThroughCloudFormationOnly(string type)
    {
        var action = ActionFor(type);

        var statements = Allowing(action).ToList();

        statements.ShouldNotBeEmpty(action);
        statements.ShouldAllBe(statement => Text(Child(statement, "Condition", "ForAnyValue:StringEquals", "aws:CalledVia")) == ThroughCloudFormation, action);
    }

    [Fact]
    public void Role_Trust_IsTheWorkersAndAsksForTheExternalId()
    {
        var trust = Items(Child(s_target.Resources["WorkerRole"], "Properties", "AssumeRolePolicyDocument", "Statement")).ShouldHaveSingleItem();

        Text(Child(trust, "Principal", "AWS")).ShouldBe("WorkerPrincipalArn");
        Text(Child(trust, "Condition", "StringEquals", "sts:ExternalId")).ShouldBe("ExternalId");
    }

    /// <summary>It makes roles for clusters and pods, so it must not be able to make itself more, by IAM or by an update of this stack.</summary>
    [Fact]
    public void Role_ItsOwnRights_AreOutOfItsReach()
    {
        var denied = StackRules.Statements(s_target.Resources["WorkerPolicy"]).Where(statement => Text(Child(statement, "Effect")) == "Deny")
            .SelectMany(statement => Items(Child(statement, "Resource")).Select(Text).SelectMany(resource => Items(Child(statement, "Action")).Select(action => (resource, Text(action))))).ToHashSet();
        var policies = Items(Child(s_target.Resources["WorkerRole"], "Properties", "ManagedPolicyArns")).Select(Text).ToList();

        policies.Count.ShouldBe(4);
        foreach (var action in new[] { "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRolePolicy" })
            denied.ShouldContain(("WorkerRole.Arn", action));
        foreach (var policy in policies)
            denied.ShouldContain((policy, "iam:CreatePolicyVersion"));
        foreach (var action in new[] { "cloudformation:UpdateStack", "cloudformation:ContinueUpdateRollback", "cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet", "cloudformation:DeleteStack" })
            denied.ShouldContain(("AWS::StackId", action));
    }

    [Fact]
    public void Role_HandsRolesOver_ToTheServicesOfTheTemplatesOnly()
    {
        var services = All.Where(template => template.Name != "target.yaml").SelectMany(template => template.OfType("AWS::IAM::Role"))
            .SelectMany(role => StackRules.Statements(Child(role.Properties, "AssumeRolePolicyDocument")!)).SelectMany(statement => Items(Child(statement, "Principal", "Service"))).Select(Text).Distinct();

        Items(Child(Allowing("iam:PassRole").ShouldHaveSingleItem(), "Condition", "StringEquals", "iam:PassedToService")).Select(Text).ShouldBe(services, ignoreOrder: true);
    }

    /// <summary>What the gateways call is read out of their source: a call that nobody allowed would be met on AWS only.</summary>
    [Theory]
    [InlineData("CloudFormationGateway", "cloudformation")]
    [InlineData("StackDriftGateway", "cloudformation")]
    [InlineData("LoadBalancersGateway", "elasticloadbalancing")]
    [InlineData("DatabasesGateway", "rds")]
    [InlineData("NodeGroupsGateway", "eks")]
    [InlineData("AddOnsGateway", "eks")]
    [InlineData("AccountsGateway", "ec2", "eks", "elasticloadbalancing", "servicequotas")]
    public void Role_WhatTheWorkerCallsItself_ItMayCall(string gateway, params string[] services)
    {
        var source = File.ReadAllText(Path.Combine(ProgramUnderTest.RepositoryRoot, "Portal.Worker", "Aws", gateway + ".cs"));
        var calls = Calls().Matches(source).Select(call => call.Groups["action"].Value).Distinct().ToList();

        calls.ShouldNotBeEmpty();
        foreach (var call in calls)
            services.SelectMany(service => Allowing($"{service}:{call}")).ShouldContain(statement => Child(statement, "Condition", "ForAnyValue:StringEquals", "aws:CalledVia") == null, call);
    }

    /// <summary>Those of the SDK's own clients. HeadObject is a GetObject to IAM, and wants ListBucket to tell what is not there from what is not allowed.</summary>
    [Theory]
    [InlineData("s3:GetObject")]
    [InlineData("s3:PutObject")]
    [InlineData("s3:ListBucket")]
    [InlineData("sqs:GetQueueUrl")]
    [InlineData("sqs:ReceiveMessage")]
    [InlineData("sqs:DeleteMessage")]
    [InlineData("eks:DescribeCluster")]
    public void Role_BucketQueueAndClusters_AreTheWorkersToUse(string action) => Allowing(action).ShouldHaveSingleItem();

    [GeneratedRegex("\"(?<action>(Describe|List|Get|Create|Update|Delete|Detect|Execute|Start|Stop)[A-Z][A-Za-z]+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Calls();

    private static IEnumerable<YamlMappingNode> Allowing(string action) => StackRules.Statements(s_target.Root)
        .Where(statement => Text(Child(statement, "Effect")) == "Allow" && Items(Child(statement, "Action")).Any(one => Text(one) == action));

    private static string ActionFor(string type)
    {
        var (service, kind) = (type.Split("::")[1], type.Split("::")[2]);
        return s_makes.GetValueOrDefault(type) ?? service switch
        {
            "ApiGateway" or "ApiGatewayV2" => "apigateway:POST",
            "Cognito" => $"cognito-idp:Create{kind}",
            _ => $"{service.ToLowerInvariant()}:Create{kind}",
        };
    }
}
