using System.Xml.Linq;
using Portal.Emulator.Aws.CloudFormation.Stacks;
using static Portal.Emulator.Aws.QueryXml;

namespace Portal.Emulator.Aws.CloudFormation.Protocol;

/// <summary>Rollbacks, protection and exports as they come over the wire.</summary>
internal sealed class StackCare(StackRecovery recovery, StackEngine engine, StackExports exports)
{
    private const int PageSize = 100;

    public XElement? CancelUpdate(AwsRequest request)
    {
        recovery.CancelUpdate(request.Parameters.Required("StackName"), request.Parameters["ClientRequestToken"]);
        return null;
    }

    public XElement ContinueUpdateRollback(AwsRequest request)
    {
        recovery.ContinueUpdateRollback(request.Parameters.Required("StackName"), request.Parameters.List("ResourcesToSkip"), request.Parameters["ClientRequestToken"]);
        return Element("Result");
    }

    public XElement Rollback(AwsRequest request) => Element("Result", Element("StackId",
        recovery.Rollback(request.Parameters.Required("StackName"), request.Parameters["ClientRequestToken"], request.Parameters.Flag("RetainExceptOnCreate")).Id));

    public XElement UpdateTerminationProtection(AwsRequest request) => Element("Result", Element("StackId",
        recovery.SetTerminationProtection(request.Parameters.Required("StackName"), bool.TryParse(request.Parameters.Required("EnableTerminationProtection"), out var on) && on).Id));

    public XElement ListExports(AwsRequest request) => engine.Read(_ =>
    {
        var (page, next) = Paging.Page(exports.All, pair => pair.Output.ExportName!, request.Parameters["NextToken"], PageSize);
        return Element("Result", List("Exports", page.Select(pair => Member(
            Element("ExportingStackId", pair.Stack.Id), Element("Name", pair.Output.ExportName), Element("Value", pair.Output.Value)))), Optional("NextToken", next));
    });

    public XElement ListImports(AwsRequest request) => engine.Read(_ =>
    {
        var name = request.Parameters.Required("ExportName");
        if (!exports.All.Any(pair => pair.Output.ExportName == name))
            throw AwsException.Validation($"Export with name {name} does not exist.");
        var importers = exports.ImportersOf(name);
        if (importers.Count == 0)
            throw AwsException.Validation($"Export '{name}' is not imported by any stack.");
        var (page, next) = Paging.Page(importers, importer => importer, request.Parameters["NextToken"], PageSize);
        return Element("Result", Strings("Imports", page), Optional("NextToken", next));
    });
}
