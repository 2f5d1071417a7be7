using System.Xml.Linq;
using Portal.Emulator.Aws.CloudFormation.Stacks;
using Portal.Emulator.Aws.Objects;

namespace Portal.Emulator.Aws.CloudFormation.Protocol;

/// <summary>CreateStack, UpdateStack and DeleteStack as they come over the wire.</summary>
internal sealed class StackWrites(StackCommands commands, TemplateSource templates)
{
    public XElement Create(AwsRequest request)
    {
        var p = request.Parameters;
        if (p.Has("OnFailure") && p.Flag("DisableRollback"))
            throw AwsException.Validation("You can specify either OnFailure or DisableRollback, but not both.");
        return Id(commands.Create(Read(request) with
        {
            DisableRollback = p.Flag("DisableRollback"),
            OnFailure = p["OnFailure"] ?? "ROLLBACK",
            TerminationProtection = p.Flag("EnableTerminationProtection"),
        }));
    }

    public XElement Update(AwsRequest request) => Id(commands.Update(Read(request) with { UsePreviousTemplate = request.Parameters.Flag("UsePreviousTemplate"), DisableRollback = request.Parameters.Flag("DisableRollback") }));

    public XElement? Delete(AwsRequest request)
    {
        commands.Delete(request.Parameters.Required("StackName"), request.Parameters["ClientRequestToken"], request.Parameters.List("RetainResources"));
        return null;
    }

    /// <summary>What creations, updates and change sets have in common.</summary>
    public StackRequest Read(AwsRequest request)
    {
        var p = request.Parameters;
        var tags = p.Structures("Tags");
        return new StackRequest(
            p.Required("StackName"), templates.BodyOf(request),
            p.Structures("Parameters").ToDictionary(one => one.Required("ParameterKey"), one => one.Flag("UsePreviousValue") ? null : one["ParameterValue"] ?? "", StringComparer.Ordinal),
            tags.Count == 0 && !p.Has("Tags") ? null : tags.ToDictionary(tag => tag.Required("Key"), tag => tag["Value"] ?? "", StringComparer.Ordinal),
            [.. p.List("Capabilities")], p["ClientRequestToken"])
        {
            RoleArn = p["RoleARN"],
            RetainExceptOnCreate = p.Flag("RetainExceptOnCreate"),
            Creator = request.Caller.PrincipalArn,
        };
    }

    private static XElement Id(Stack stack) => QueryXml.Element("Result", QueryXml.Element("StackId", stack.Id));
}
