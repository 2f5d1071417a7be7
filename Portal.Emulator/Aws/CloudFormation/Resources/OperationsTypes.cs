namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>Logs, keys, alarms and the web application firewall.</summary>
internal static class OperationsTypes
{
    public static IEnumerable<ResourceType> All =>
    [
        new ResourceType("AWS::Logs::LogGroup", r => r.Name("LogGroupName", 512)).ReplacedBy("LogGroupName").With("Arn", r => r.Arn("logs", $"log-group:{r.PhysicalId}:*")),
        new ResourceType("AWS::KMS::Key", r => r.Guid()).ReplacedBy("KeySpec", "KeyUsage", "MultiRegion", "Origin")
            .With("Arn", r => r.Arn("kms", "key/" + r.PhysicalId)).With("KeyId", r => r.PhysicalId),
        new ResourceType("AWS::KMS::Alias", r => r.Text("AliasName")).Requires("AliasName", "TargetKeyId").ReplacedBy("AliasName"),
        new ResourceType("AWS::CloudWatch::Alarm", r => r.Name("AlarmName", 255)).Requires("ComparisonOperator", "EvaluationPeriods").ReplacedBy("AlarmName")
            .With("Arn", r => r.Arn("cloudwatch", "alarm:" + r.PhysicalId)),
        new ResourceType("AWS::WAFv2::WebACL", r => $"{r.Name("Name")}|{r.Guid()}|{r.Text("Scope")}").Requires("DefaultAction", "Scope", "VisibilityConfig").ReplacedBy("Name", "Scope")
            .With("Arn", r => r.Arn("wafv2", $"{(r.Text("Scope") == "CLOUDFRONT" ? "global" : "regional")}/webacl/{r.Name("Name")}/{r.Guid()}"))
            .With("Id", r => r.Guid()).With("Capacity", _ => "1").With("LabelNamespace", r => $"awswaf:{r.AccountId}:webacl:{r.Name("Name")}:"),
        new ResourceType("AWS::WAFv2::WebACLAssociation", r => $"{r.Text("WebACLArn")}|{r.Text("ResourceArn")}").Requires("ResourceArn", "WebACLArn").ReplacedBy("ResourceArn", "WebACLArn"),
    ];
}
