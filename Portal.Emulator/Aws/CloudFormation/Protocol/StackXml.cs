using System.Xml.Linq;
using Portal.Emulator.Aws.CloudFormation.Stacks;
using static Portal.Emulator.Aws.QueryXml;

namespace Portal.Emulator.Aws.CloudFormation.Protocol;

/// <summary>CloudFormation's shapes in XML.</summary>
internal static class StackXml
{
    public static XElement Describe(Stack stack, DriftDetection? drift = null) => Member(
        Element("StackId", stack.Id),
        Element("StackName", stack.Name),
        Optional("Description", stack.Template.Description),
        List("Parameters", stack.Parameters.Select(pair => Member(
            Element("ParameterKey", pair.Key),
            Element("ParameterValue", stack.Template.Parameters[pair.Key].NoEcho ? "****" : pair.Value)))),
        Time("CreationTime", stack.CreatedAt),
        OptionalTime("DeletionTime", stack.DeletedAt),
        OptionalTime("LastUpdatedTime", stack.UpdatedAt),
        Element("StackStatus", stack.Status),
        Optional("StackStatusReason", stack.StatusReason),
        Element("DisableRollback", Text(stack.DisableRollback)),
        Element("NotificationARNs"),
        Strings("Capabilities", stack.Capabilities),
        List("Outputs", stack.Outputs.Select(output => Member(
            Element("OutputKey", output.Key),
            Element("OutputValue", output.Value),
            Optional("Description", output.Description),
            Optional("ExportName", output.ExportName)))),
        Optional("RoleARN", stack.RoleArn),
        List("Tags", stack.Tags.Select(tag => Member(Element("Key", tag.Key), Element("Value", tag.Value)))),
        Element("EnableTerminationProtection", Text(stack.TerminationProtection)),
        Drift(drift));

    public static XElement Summary(Stack stack) => Member(
        Element("StackId", stack.Id),
        Element("StackName", stack.Name),
        Optional("TemplateDescription", stack.Template.Description),
        Time("CreationTime", stack.CreatedAt),
        OptionalTime("LastUpdatedTime", stack.UpdatedAt),
        OptionalTime("DeletionTime", stack.DeletedAt),
        Element("StackStatus", stack.Status),
        Optional("StackStatusReason", stack.StatusReason),
        Drift(null));

    public static XElement Event(Stack stack, StackEvent entry) => Member(
        Element("StackId", stack.Id),
        Element("EventId", entry.Id),
        Element("StackName", stack.Name),
        Element("LogicalResourceId", entry.LogicalId),
        Element("PhysicalResourceId", entry.PhysicalId ?? ""),
        Element("ResourceType", entry.Type),
        Time("Timestamp", entry.At),
        Element("ResourceStatus", entry.Status),
        Optional("ResourceStatusReason", entry.Reason),
        Optional("ResourceProperties", entry.Properties),
        Optional("ClientRequestToken", entry.Token));

    public static XElement Resource(Stack stack, StackResource resource) => Member(
        Element("StackName", stack.Name),
        Element("StackId", stack.Id),
        Element("LogicalResourceId", resource.LogicalId),
        Optional("PhysicalResourceId", resource.PhysicalId),
        Element("ResourceType", resource.Type),
        Time("Timestamp", resource.ChangedAt),
        Element("ResourceStatus", resource.Status),
        Optional("ResourceStatusReason", resource.Reason),
        ResourceDrift());

    public static XElement ResourceDetail(Stack stack, StackResource resource) => Element("StackResourceDetail",
        Element("StackName", stack.Name),
        Element("StackId", stack.Id),
        Element("LogicalResourceId", resource.LogicalId),
        Optional("PhysicalResourceId", resource.PhysicalId),
        Element("ResourceType", resource.Type),
        Time("LastUpdatedTimestamp", resource.ChangedAt),
        Element("ResourceStatus", resource.Status),
        Optional("ResourceStatusReason", resource.Reason),
        Optional("Metadata", stack.Template.Root["Resources"]?[resource.LogicalId]?["Metadata"]?.ToJsonString(Templates.JsonText.Compact)),
        ResourceDrift());

    public static XElement ResourceSummary(StackResource resource) => Member(
        Element("LogicalResourceId", resource.LogicalId),
        Optional("PhysicalResourceId", resource.PhysicalId),
        Element("ResourceType", resource.Type),
        Time("LastUpdatedTimestamp", resource.ChangedAt),
        Element("ResourceStatus", resource.Status),
        Optional("ResourceStatusReason", resource.Reason),
        ResourceDrift());

    private static XElement Drift(DriftDetection? drift) => Element("DriftInformation",
        Element("StackDriftStatus", drift?.Status ?? "NOT_CHECKED"), drift is null ? null : Time("LastCheckTimestamp", drift.At));

    private static XElement ResourceDrift() => Element("DriftInformation", Element("StackResourceDriftStatus", "NOT_CHECKED"));

    private static XElement? OptionalTime(string name, DateTimeOffset? at) => at is { } time ? Time(name, time) : null;

    private static string Text(bool value) => value ? "true" : "false";
}
