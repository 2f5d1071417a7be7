using System.Xml.Linq;
using Portal.Emulator.Aws.CloudFormation.Stacks;
using Portal.Emulator.Contracts;
using static Portal.Emulator.Aws.QueryXml;

namespace Portal.Emulator.Aws.CloudFormation.Protocol;

/// <summary>Change sets as they come over the wire.</summary>
internal sealed class ChangeSetActions(ChangeSets sets, StackWrites writes, EmulatorClock clock)
{
    private const int PageSize = 100;

    public XElement Create(AwsRequest request)
    {
        var p = request.Parameters;
        var type = p["ChangeSetType"] ?? "UPDATE";
        if (type == "IMPORT")
            throw AwsException.Validation("Resource import is not served here.");
        var set = sets.Create(new ChangeSetRequest(
            writes.Read(request) with { Token = p["ClientToken"], UsePreviousTemplate = p.Flag("UsePreviousTemplate") },
            p.Required("ChangeSetName"), type, p["Description"], p["OnStackFailure"], p["DeploymentMode"] == "REVERT_DRIFT"));
        return Element("Result", Element("Id", set.Id), Element("StackId", set.StackId));
    }

    public XElement Describe(AwsRequest request) => sets.Read(request.Parameters.Required("ChangeSetName"), request.Parameters["StackName"], set =>
    {
        var now = clock.Now;
        var template = Templates.Template.Parse(set.Body);
        var (page, next) = set.StatusAt(now) == "CREATE_COMPLETE" ? Paging.Page(set.Changes, change => change.LogicalId, request.Parameters["NextToken"], PageSize) : ([], null);
        return Element("Result",
            Head(set),
            Optional("Description", set.Description),
            List("Parameters", set.Parameters.Select(pair => Member(
                Element("ParameterKey", pair.Key), Element("ParameterValue", template.Parameters[pair.Key].NoEcho ? "****" : pair.Value)))),
            Element("NotificationARNs"),
            Element("RollbackConfiguration"),
            Strings("Capabilities", set.Capabilities),
            List("Tags", set.Tags.Select(tag => Member(Element("Key", tag.Key), Element("Value", tag.Value)))),
            List("Changes", page.Select(Change)),
            Element("IncludeNestedStacks", "false"),
            Optional("OnStackFailure", set.OnStackFailure),
            Optional("NextToken", next));
    });

    public XElement ListOf(AwsRequest request)
    {
        var (page, next) = Paging.Page(sets.Of(request.Parameters.Required("StackName")), set => set.Id, request.Parameters["NextToken"], PageSize);
        return Element("Result", List("Summaries", page.Select(set => Member(Head(set), Optional("Description", set.Description)))), Optional("NextToken", next));
    }

    public XElement Execute(AwsRequest request)
    {
        var p = request.Parameters;
        sets.Execute(p.Required("ChangeSetName"), p["StackName"], p["ClientRequestToken"], p.Flag("DisableRollback"), p.Flag("RetainExceptOnCreate"));
        return Element("Result");
    }

    public XElement Delete(AwsRequest request)
    {
        sets.Delete(request.Parameters.Required("ChangeSetName"), request.Parameters["StackName"]);
        return Element("Result");
    }

    private object?[] Head(ChangeSet set) =>
    [
        Element("ChangeSetName", set.Name),
        Element("ChangeSetId", set.Id),
        Element("StackId", set.StackId),
        Element("StackName", set.StackName),
        Time("CreationTime", set.CreatedAt),
        Element("ExecutionStatus", set.ExecutionStatusAt(clock.Now)),
        Element("Status", set.StatusAt(clock.Now)),
        set.StatusAt(clock.Now) == "FAILED" ? Optional("StatusReason", set.Fault) : null,
    ];

    private static XElement Change(ResourceChange change) => Member(
        Element("Type", "Resource"),
        Element("ResourceChange",
            Optional("PolicyAction", change.PolicyAction),
            Element("Action", change.Action),
            Element("LogicalResourceId", change.LogicalId),
            Optional("PhysicalResourceId", change.PhysicalId),
            Element("ResourceType", change.Type),
            Optional("Replacement", change.Replacement),
            Strings("Scope", change.Details.Select(detail => detail.Attribute).Distinct()),
            List("Details", change.Details.Select(detail => Member(
                Element("Target", Element("Attribute", detail.Attribute), Optional("Name", detail.Name), Element("RequiresRecreation", detail.Recreation)),
                Element("Evaluation", detail.Evaluation),
                Element("ChangeSource", detail.Source),
                Optional("CausingEntity", detail.CausingEntity))))));
}
