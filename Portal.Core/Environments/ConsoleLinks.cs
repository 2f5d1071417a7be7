namespace Portal.Core.Environments;

/// <summary>Where AWS's own console shows what was made. AWS documents none of these addresses; they are those that its console has. Pure.</summary>
public static class ConsoleLinks
{
    /// <param name="stack">Its name.</param>
    public static string OfStack(string region, string stack) => Address(region, "cloudformation", $"#/stacks/stackinfo?stackId={Uri.EscapeDataString(stack)}");

    /// <param name="type">CloudFormation's.</param>
    /// <returns>What the link is called and where it leads; null for what has no page of its own that we know, or no id yet.</returns>
    public static (string Title, string Address)? OfResource(string region, string type, string? physicalId)
    {
        if (physicalId is not { Length: > 0 } id)
            return null;
        var escaped = Uri.EscapeDataString(id);
        return type switch
        {
            "AWS::EKS::Cluster" => ("EKS cluster", Address(region, "eks", $"#/clusters/{escaped}")),
            "AWS::EC2::VPC" => ("VPC", Address(region, "vpcconsole", $"#VpcDetails:VpcId={escaped}")),
            "AWS::ApiGateway::RestApi" => ("API Gateway", $"{Root(region)}/apigateway/main/apis?region={region}"),
            "AWS::RDS::DBCluster" => ("Database cluster", Address(region, "rds", $"#database:id={escaped};is-cluster=true")),
            "AWS::RDS::DBInstance" => ("Database instance", Address(region, "rds", $"#database:id={escaped};is-cluster=false")),
            "AWS::DynamoDB::Table" => ("Table", Address(region, "dynamodbv2", $"#table?name={escaped}")),
            "AWS::SQS::Queue" => ("Queue", Address(region, "sqs/v2", $"#/queues/{escaped}")),
            "AWS::Cognito::UserPool" => ("User pool", $"{Root(region)}/cognito/v2/idp/user-pools/{escaped}?region={region}"),
            _ => null,
        };
    }

    private static string Address(string region, string service, string page) => $"{Root(region)}/{service}/home?region={region}{page}";

    // China is a partition of its own, and so is the government's.
    private static string Root(string region) => region.Split('-') switch
    {
        ["cn", ..] => $"https://{region}.console.amazonaws.cn",
        [_, "gov", ..] => $"https://{region}.console.amazonaws-us-gov.com",
        _ => $"https://{region}.console.aws.amazon.com",
    };
}
