using System.Xml.Linq;
using Portal.Emulator.Aws.CloudFormation.Stacks;
using static Portal.Emulator.Aws.QueryXml;

namespace Portal.Emulator.Aws.CloudFormation.Protocol;

/// <summary>Drift as it comes over the wire.</summary>
internal sealed class DriftActions(StackDrift drift, StackEngine engine)
{
    private const int PageSize = 100;

    public XElement Detect(AwsRequest request) => Element("Result", Element("StackDriftDetectionId",
        drift.Detect(request.Parameters.Required("StackName"), request.Parameters.List("LogicalResourceIds"))));

    public XElement Status(AwsRequest request)
    {
        var (detection, isReady) = drift.Find(request.Parameters.Required("StackDriftDetectionId"));
        return Element("Result",
            Element("StackId", detection.StackId),
            Element("StackDriftDetectionId", detection.Id),
            isReady ? Element("StackDriftStatus", detection.Status) : null,
            Element("DetectionStatus", isReady ? "DETECTION_COMPLETE" : "DETECTION_IN_PROGRESS"),
            isReady ? Element("DriftedStackResourceCount", detection.Resources.Count(resource => resource.Status != "IN_SYNC")) : null,
            Time("Timestamp", detection.At));
    }

    public XElement Resources(AwsRequest request)
    {
        var name = request.Parameters.Required("StackName");
        var stack = engine.Read(stacks => stacks.Find(name)) ?? throw AwsException.Validation($"Stack [{name}] does not exist");
        var filter = request.Parameters.List("StackResourceDriftStatusFilters");
        var found = drift.Of(stack.Id) is { } detection ? detection.Resources.Where(resource => filter.Count == 0 || filter.Contains(resource.Status)).Select(resource => (resource, detection.At)) : [];
        var (page, next) = Paging.Page(found, pair => pair.resource.LogicalId, request.Parameters["NextToken"], PageSize);
        return Element("Result", List("StackResourceDrifts", page.Select(pair => Member(
            Element("StackId", stack.Id),
            Element("LogicalResourceId", pair.resource.LogicalId),
            Optional("PhysicalResourceId", pair.resource.PhysicalId),
            Element("ResourceType", pair.resource.Type),
            Element("ExpectedProperties", pair.resource.Expected),
            Optional("ActualProperties", pair.resource.Actual),
            List("PropertyDifferences", pair.resource.Differences.Select(one => Member(
                Element("PropertyPath", one.Path), Element("ExpectedValue", one.Expected ?? "null"), Element("ActualValue", one.Actual ?? "null"), Element("DifferenceType", one.Kind)))),
            Element("StackResourceDriftStatus", pair.resource.Status),
            Time("Timestamp", pair.At)))), Optional("NextToken", next));
    }
}
