using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

/// <summary>What CloudFormation refuses before it creates anything.</summary>
internal static class TemplateChecks
{
    /// <summary>User guide, "CloudFormation quotas": of a template in S3. What a request itself may carry is less (RequestConstraints).</summary>
    public const int MostBytes = 1_000_000;

    public static Template Parse(string? body)
    {
        if (string.IsNullOrEmpty(body))
            throw AwsException.Validation("Either Template URL or Template Body must be specified.");
        if (System.Text.Encoding.UTF8.GetByteCount(body) > MostBytes)
            throw AwsException.Validation($"Template may not exceed {MostBytes} bytes in size.");
        var template = Template.Parse(body);
        var unknown = template.Resources.Values.Select(resource => resource.Type).Where(type => ResourceTypes.Find(type) is null).Distinct().ToList();
        if (unknown.Count > 0)
            throw TemplateReader.Format($"Unrecognized resource types: [{string.Join(", ", unknown)}]");
        FunctionChecks.Check(template);
        DependencyGraph.CheckNames(template);
        return template;
    }

    /// <summary>A logical id keeps its type for life.</summary>
    public static void SameTypes(Stack stack, Template template)
    {
        var other = template.Resources.Values.Where(one => stack.Resources.TryGetValue(one.LogicalId, out var there) && there.Type != one.Type).Select(one => one.LogicalId).ToList();
        if (other.Count > 0)
            throw AwsException.Validation($"Update of resource type is not permitted. The new template modifies resource type of the following resources: [{string.Join(", ", other)}]");
    }

    /// <param name="showsChanges">Whether a person sees what a macro makes before it is carried out: change sets.</param>
    public static void Capabilities(Template template, IReadOnlyCollection<string> given, bool showsChanges = false)
    {
        var missing = template.RequiredCapabilities()
            .Where(needed => !given.Contains(needed) && !(needed == "CAPABILITY_IAM" && given.Contains("CAPABILITY_NAMED_IAM")) && !(needed == Template.AutoExpand && showsChanges)).ToList();
        if (missing.Count > 0)
            throw new AwsException("InsufficientCapabilitiesException", $"Requires capabilities : [{string.Join(", ", missing)}]");
    }

    /// <summary>Names, circles, conditions and attributes.</summary>
    public static void References(Template template, Evaluator evaluator)
    {
        _ = DependencyGraph.Build(template, evaluator);
        foreach (var condition in template.Conditions)
            _ = evaluator.Holds(condition.Key);
        Attributes(template, template.Root["Resources"]);
        Attributes(template, template.Root["Outputs"]);
    }

    private static void Attributes(Template template, JsonNode? node)
    {
        if (node is JsonArray items)
        {
            foreach (var item in items)
                Attributes(template, item);
        }
        else if (node is JsonObject members)
        {
            foreach (var (key, value) in members)
            {
                if (key == "Fn::GetAtt" && value is JsonArray { Count: 2 } pair && pair[1] is JsonValue)
                    Attribute(template, pair[0].ToText(), pair[1].ToText());
                Attributes(template, value);
            }
        }
    }

    private static void Attribute(Template template, string logicalId, string attribute)
    {
        if (template.Resources.TryGetValue(logicalId, out var resource) && ResourceTypes.Find(resource.Type)?.HasAttribute(attribute) == false)
            throw AwsException.Validation($"Template error: resource {logicalId} does not support attribute type {attribute} in Fn::GetAtt");
    }
}
