using System.Xml.Linq;
using Portal.Emulator.Aws.CloudFormation.Stacks;
using static Portal.Emulator.Aws.QueryXml;

namespace Portal.Emulator.Aws.CloudFormation.Protocol;

/// <summary>What can be asked about stacks.</summary>
internal sealed class StackReads(StackEngine engine, StackDrift drift)
{
    private const int PageSize = 100;

    public XElement DescribeStacks(AwsRequest request) => engine.Read(stacks =>
    {
        if (request.Parameters["StackName"] is { Length: > 0 } name)
            return Element("Result", List("Stacks", [Describe(Existing(stacks, name))]));
        var (page, next) = Paging.Page(stacks.All.Where(stack => !stack.IsDeleted), stack => stack.Id, request.Parameters["NextToken"], PageSize);
        return Element("Result", List("Stacks", page.Select(Describe)), Optional("NextToken", next));
    });

    public XElement ListStacks(AwsRequest request) => engine.Read(stacks =>
    {
        var filter = request.Parameters.List("StackStatusFilter");
        var (page, next) = Paging.Page(stacks.All.Where(stack => filter.Count == 0 || filter.Contains(stack.Status)), stack => stack.Id, request.Parameters["NextToken"], PageSize);
        return Element("Result", List("StackSummaries", page.Select(StackXml.Summary)), Optional("NextToken", next));
    });

    public XElement DescribeStackEvents(AwsRequest request) => engine.Read(stacks =>
    {
        var name = request.Parameters.Required("StackName");
        var stack = stacks.Find(name) ?? throw AwsException.Validation($"Stack [{name}] does not exist");
        var (page, next) = Paging.Page(Enumerable.Reverse(stack.Events), entry => entry.Id, request.Parameters["NextToken"], PageSize);
        return Element("Result", List("StackEvents", page.Select(entry => StackXml.Event(stack, entry))), Optional("NextToken", next));
    });

    public XElement DescribeStackResources(AwsRequest request) => engine.Read(stacks =>
    {
        var stack = request.Parameters["PhysicalResourceId"] is { Length: > 0 } id
            ? stacks.All.FirstOrDefault(one => !one.IsDeleted && one.Resources.Values.Any(resource => resource.PhysicalId == id)) ?? throw AwsException.Validation($"Stack for {id} does not exist")
            : Existing(stacks, request.Parameters.Required("StackName"));
        var only = request.Parameters["LogicalResourceId"];
        var resources = stack.Resources.Values.Where(resource => only is null || resource.LogicalId == only).Take(PageSize);
        return Element("Result", List("StackResources", resources.Select(resource => StackXml.Resource(stack, resource))));
    });

    public XElement DescribeStackResource(AwsRequest request) => engine.Read(stacks =>
    {
        var stack = Existing(stacks, request.Parameters.Required("StackName"));
        var id = request.Parameters.Required("LogicalResourceId");
        return stack.Resources.TryGetValue(id, out var resource)
            ? Element("Result", StackXml.ResourceDetail(stack, resource))
            : throw AwsException.Validation($"Resource {id} does not exist for stack {stack.Name}");
    });

    public XElement ListStackResources(AwsRequest request) => engine.Read(stacks =>
    {
        var stack = Existing(stacks, request.Parameters.Required("StackName"));
        var (page, next) = Paging.Page(stack.Resources.Values.OrderBy(resource => resource.LogicalId, StringComparer.Ordinal), resource => resource.LogicalId, request.Parameters["NextToken"], PageSize);
        return Element("Result", List("StackResourceSummaries", page.Select(StackXml.ResourceSummary)), Optional("NextToken", next));
    });

    private XElement Describe(Stack stack) => StackXml.Describe(stack, drift.Of(stack.Id));

    private static Stack Existing(StackStore stacks, string name) => stacks.Find(name) ?? throw AwsException.Validation($"Stack with id {name} does not exist");
}
