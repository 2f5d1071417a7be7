using System.Xml.Linq;
using Portal.Emulator.Aws.CloudFormation.Stacks;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Aws.Objects;
using static Portal.Emulator.Aws.QueryXml;

namespace Portal.Emulator.Aws.CloudFormation.Protocol;

/// <summary>What can be asked about templates.</summary>
internal sealed class TemplateReads(StackEngine engine, StackEvaluation evaluation, TemplateSource source)
{
    public XElement GetTemplate(AwsRequest request) => engine.Read(stacks =>
    {
        var stage = request.Parameters["TemplateStage"] ?? "Processed";
        var stack = Existing(stacks, request.Parameters.Required("StackName"));
        return Element("Result",
            Element("TemplateBody", stage == "Original" ? stack.TemplateBody : ProcessedTemplate.Of(stack.TemplateBody, stack.Template, evaluation.ForNew(stack.Template, stack.Parameters, stack.Name, stack.Id))),
            Strings("StagesAvailable", ["Original", "Processed"]));
    });

    public XElement ValidateTemplate(AwsRequest request)
    {
        var template = TemplateChecks.Parse(source.BodyOf(request));
        return Element("Result",
            List("Parameters", template.Parameters.Values.Select(parameter => Member(
                Element("ParameterKey", parameter.Name),
                Optional("DefaultValue", parameter.Default),
                Element("NoEcho", parameter.NoEcho ? "true" : "false"),
                Optional("Description", parameter.Description)))),
            Optional("Description", template.Description),
            Needs(template));
    }

    public XElement GetTemplateSummary(AwsRequest request)
    {
        var body = request.Parameters["StackName"] is { Length: > 0 } name
            ? engine.Read(stacks => Existing(stacks, name).TemplateBody)
            : source.BodyOf(request);
        var template = TemplateChecks.Parse(body);
        return Element("Result",
            List("Parameters", template.Parameters.Values.Select(parameter => Member(
                Element("ParameterKey", parameter.Name),
                Optional("DefaultValue", parameter.Default),
                Element("ParameterType", parameter.Type),
                Element("NoEcho", parameter.NoEcho ? "true" : "false"),
                Optional("Description", parameter.Description),
                Element("ParameterConstraints", parameter.AllowedValues.Count == 0 ? null : Strings("AllowedValues", parameter.AllowedValues))))),
            Optional("Description", template.Description),
            Needs(template),
            Strings("ResourceTypes", template.Resources.Values.Select(resource => resource.Type).Distinct()),
            Optional("Version", template.Root["AWSTemplateFormatVersion"]?.ToText()));
    }

    private static object?[] Needs(Template template)
    {
        var capabilities = template.RequiredCapabilities();
        var iam = template.Resources.Values.Select(resource => resource.Type).Where(type => type.StartsWith("AWS::IAM::", StringComparison.Ordinal)).Distinct().ToList();
        var reason = iam.Count > 0
            ? $"The following resource(s) require capabilities: [{string.Join(", ", iam)}]"
            : $"The following transform(s) require capabilities: [{string.Join(", ", template.Transforms)}]";
        return
        [
            Strings("Capabilities", capabilities),
            capabilities.Count == 0 ? null : Element("CapabilitiesReason", reason),
            template.Transforms.Count == 0 ? null : Strings("DeclaredTransforms", template.Transforms),
        ];
    }

    private static Stack Existing(StackStore stacks, string name) => stacks.Find(name) ?? throw AwsException.Validation($"Stack with id {name} does not exist");
}
