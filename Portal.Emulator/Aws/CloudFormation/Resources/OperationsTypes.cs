namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>Logs, keys, functions and the web application firewall.</summary>
internal static class OperationsTypes
{
    public static IEnumerable<ResourceType> All =>
    [
        new ResourceType("AWS::Logs::LogGroup", r => r.Name("LogGroupName", 512)).With("Arn", r => r.Arn("logs", $"log-group:{r.PhysicalId}:*")),
        new ResourceType("AWS::KMS::Key", r => r.Guid())
            .With("Arn", r => r.Arn("kms", "key/" + r.PhysicalId)).With("KeyId", r => r.PhysicalId),
        new ResourceType("AWS::KMS::Alias", r => r.Text("AliasName")),
        new ResourceType("AWS::WAFv2::WebACL", r => $"{r.Name("Name")}|{r.Guid()}|{r.Text("Scope")}")
            .With("Arn", r => r.Arn("wafv2", $"{(r.Text("Scope") == "CLOUDFRONT" ? "global" : "regional")}/webacl/{r.Name("Name")}/{r.Guid()}"))
            .With("Id", r => r.Guid()).With("Capacity", _ => "1").With("LabelNamespace", r => $"awswaf:{r.AccountId}:webacl:{r.Name("Name")}:"),
        new ResourceType("AWS::WAFv2::WebACLAssociation", r => $"{r.Text("WebACLArn")}|{r.Text("ResourceArn")}"),
        new ResourceType("AWS::WAFv2::LoggingConfiguration", r => r.Text("ResourceArn")).With("ManagedByFirewallManager", _ => false),
        new ResourceType("AWS::Lambda::Function", r => r.Name("FunctionName", 64)).With("Arn", r => r.Arn("lambda", "function:" + r.PhysicalId)),
        new ResourceType("AWS::Lambda::Permission", r => $"{r.StackName}-{r.LogicalId}-{r.Upper(12)}").With("Id", r => r.PhysicalId),
    ];
}
