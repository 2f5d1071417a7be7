using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Portal.Worker.Aws;

/// <summary>Resource types as people call them.</summary>
public static partial class ResourceTitles
{
    private static readonly FrozenDictionary<string, string> Titles = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["AWS::CloudFormation::Stack"] = "Stack",
        ["AWS::EC2::VPC"] = "VPC",
        ["AWS::EC2::NatGateway"] = "NAT gateway",
        ["AWS::EC2::EIP"] = "Elastic IP address",
        ["AWS::EC2::VPCEndpoint"] = "VPC endpoint",
        ["AWS::EKS::Cluster"] = "EKS cluster",
        ["AWS::EKS::Nodegroup"] = "Node group",
        ["AWS::EKS::Addon"] = "EKS add-on",
        ["AWS::EKS::AccessEntry"] = "EKS access entry",
        ["AWS::EKS::PodIdentityAssociation"] = "Pod identity association",
        ["AWS::RDS::DBCluster"] = "Aurora cluster",
        ["AWS::RDS::DBInstance"] = "Database instance",
        ["AWS::RDS::DBSubnetGroup"] = "Database subnet group",
        ["AWS::DynamoDB::Table"] = "DynamoDB table",
        ["AWS::Cognito::UserPool"] = "Cognito user pool",
        ["AWS::Cognito::UserPoolClient"] = "Cognito client",
        ["AWS::SSM::Parameter"] = "SSM parameter",
        ["AWS::SecretsManager::Secret"] = "Secret",
        ["AWS::IAM::Role"] = "IAM role",
        ["AWS::IAM::ManagedPolicy"] = "IAM policy",
        ["AWS::ApiGateway::RestApi"] = "REST API",
        ["AWS::ApiGateway::Method"] = "API method",
        ["AWS::ApiGateway::Resource"] = "API resource",
        ["AWS::ApiGateway::Deployment"] = "API deployment",
        ["AWS::ApiGateway::Stage"] = "API stage",
        ["AWS::ApiGateway::Authorizer"] = "API authorizer",
        ["AWS::ApiGatewayV2::VpcLink"] = "VPC link",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>A type without a title is split at its capitals: <c>AWS::EC2::RouteTable</c> is a "Route table".</summary>
    public static string Of(string resourceType)
    {
        if (Titles.TryGetValue(resourceType, out var title))
            return title;
        var words = Capital().Replace(resourceType.Split("::")[^1], match => " " + match.Value.ToLowerInvariant()).Trim();
        return words.Length == 0 ? "Resource" : char.ToUpperInvariant(words[0]) + words[1..];
    }

    [GeneratedRegex("(?<=[a-z0-9])[A-Z]", RegexOptions.None, 1000)]
    private static partial Regex Capital();
}
