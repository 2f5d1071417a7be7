using System.Xml.Linq;
using Portal.Worker.Aws.Sdk;

namespace Portal.Worker.Aws;

/// <summary>CloudFormation's XML into our records.</summary>
internal static class StackXml
{
    public static StackSnapshot Stack(XElement stack) => new(
        stack.Required("StackId"),
        stack.Required("StackName"),
        stack.Required("StackStatus"),
        stack.Text("StackStatusReason"),
        stack.Pairs("Outputs", "OutputKey", "OutputValue"),
        stack.Pairs("Tags", "Key", "Value"),
        stack.RequiredTime("CreationTime"),
        stack.Time("LastUpdatedTime"));

    public static StackEvent Event(XElement stackEvent) => new(
        stackEvent.Required("EventId"),
        stackEvent.Text("LogicalResourceId") ?? stackEvent.Required("StackName"),
        stackEvent.Text("PhysicalResourceId"),
        stackEvent.Text("ResourceType") ?? "",
        stackEvent.Text("ResourceStatus") ?? "",
        stackEvent.Text("ResourceStatusReason"),
        stackEvent.RequiredTime("Timestamp"),
        stackEvent.Text("ClientRequestToken"));

    public static StackResource Resource(XElement summary) => new(
        summary.Required("LogicalResourceId"),
        summary.Text("PhysicalResourceId"),
        summary.Required("ResourceType"),
        summary.Required("ResourceStatus"),
        summary.Text("ResourceStatusReason"),
        summary.RequiredTime("LastUpdatedTimestamp"));
}
