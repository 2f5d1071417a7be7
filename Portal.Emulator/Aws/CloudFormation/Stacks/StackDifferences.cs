using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

internal sealed record StackDifference(IReadOnlyList<ResourceChange> Changes, bool OutputsChange, bool TagsChange);

/// <param name="Action"><c>Add</c>, <c>Modify</c> or <c>Remove</c>.</param>
/// <param name="Replacement"><c>True</c>, <c>False</c> or <c>Conditional</c>, for what is modified.</param>
/// <param name="PolicyAction"><c>Delete</c>, <c>Retain</c>, <c>Snapshot</c> or <c>ReplaceAnd…</c>.</param>
internal sealed record ResourceChange(
    string Action, string LogicalId, string? PhysicalId, string Type, string? Replacement, string? PolicyAction, IReadOnlyList<PropertyChange> Details);

/// <param name="Attribute"><c>Properties</c> or <c>Tags</c>.</param>
/// <param name="Recreation"><c>Never</c>, <c>Conditionally</c> or <c>Always</c>.</param>
/// <param name="Source">For example <c>ParameterReference</c>; with <paramref name="CausingEntity"/> as the API reference of ResourceChangeDetail describes.</param>
internal sealed record PropertyChange(string Attribute, string? Name, string Recreation, string Evaluation, string Source, string? CausingEntity);

/// <summary>What an update would change, before anything is done: for change sets, and for "No updates are to be performed."</summary>
internal sealed class StackDifferences(StackEvaluation evaluation, UpdateBehaviours behaviours)
{
    public StackDifference Between(Stack stack, Template template, IReadOnlyDictionary<string, string> parameters, Dictionary<string, string> tags)
    {
        var tagsChange = !ResourceTags.Same(tags, stack.Tags);
        var (unknown, modified) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        var evaluator = evaluation.For(stack, template, parameters, id => IsThere(stack, template, id) && !unknown.Contains(id), id => !modified.Contains(id));
        var graph = DependencyGraph.Build(template, evaluator);
        var causes = new ChangeCauses(stack, parameters);
        var changes = new List<ResourceChange>();
        foreach (var definition in DependencyGraph.InOrder(graph).Select(id => template.Resources[id]))
        {
            var change = stack.Resources.GetValueOrDefault(definition.LogicalId) is { IsUnmade: false } resource
                ? Modify(resource, definition, evaluator, causes, tagsChange)
                : new ResourceChange("Add", definition.LogicalId, null, definition.Type, null, null, []);
            if (change is null)
                continue;
            changes.Add(change);
            modified.Add(change.LogicalId);
            if (change.Replacement is not "False")
                unknown.Add(change.LogicalId);
        }

        changes.AddRange(stack.Resources.Values.Where(resource => !graph.ContainsKey(resource.LogicalId)).Select(resource =>
            new ResourceChange("Remove", resource.LogicalId, resource.PhysicalId, resource.Type, null, PolicyName(resource.DeletionPolicy), [])));
        return new StackDifference(changes, changes.Count > 0 || OutputsDiffer(stack, template, evaluator), tagsChange);
    }

    private ResourceChange? Modify(StackResource resource, ResourceDefinition definition, Evaluator evaluator, ChangeCauses causes, bool tagsChange)
    {
        var details = new List<PropertyChange>();
        foreach (var name in resource.Properties.Select(pair => pair.Key).Union(definition.Properties.Select(pair => pair.Key)))
        {
            if (Change(resource, definition, name, evaluator) is not { } change)
                continue;
            var (source, entity) = causes.Of(definition.Properties[name], change.Entity);
            details.Add(new PropertyChange(name is "Tags" or "UserPoolTags" ? "Tags" : "Properties", name is "Tags" or "UserPoolTags" ? null : name,
                change.Interruption == Interruption.Replacement ? "Always" : "Never", change.Entity is null ? "Static" : "Dynamic", source, entity));
        }

        if (tagsChange && behaviours.IsTaggable(resource.Type) && !details.Exists(detail => detail.Attribute == "Tags"))
            details.Add(new PropertyChange("Tags", null, "Never", "Static", "DirectModification", null));
        if (details.Count == 0)
            return null;
        var replaces = details.Where(detail => detail.Recreation == "Always").ToList();
        var replacement = replaces.Exists(detail => detail.Evaluation == "Static") ? "True" : replaces.Count > 0 ? "Conditional" : "False";
        var policy = replacement == "False" ? null : "ReplaceAnd" + PolicyName(evaluator.Text(definition.UpdateReplacePolicy));
        return new ResourceChange("Modify", resource.LogicalId, resource.PhysicalId, resource.Type, replacement, policy, details);
    }

    /// <summary>Null where the property stays; an entity where its value follows from what is yet to change.</summary>
    private (Interruption Interruption, string? Entity)? Change(StackResource resource, ResourceDefinition definition, string name, Evaluator evaluator)
    {
        try
        {
            var (before, after) = (resource.Properties[name], evaluator.Evaluate(definition.Properties[name]));
            return before.SameAs(after) ? null : (behaviours.Of(resource.Type, name, before, after), null);
        }
        catch (UnknownValueException unknown)
        {
            return (behaviours.WorstOf(resource.Type, name), unknown.LogicalId);
        }
    }

    private static bool OutputsDiffer(Stack stack, Template template, Evaluator evaluator)
    {
        try
        {
            return !StackOutputs.Compute(template, evaluator).SequenceEqual(stack.Outputs);
        }
        catch (UnknownValueException)
        {
            return true;
        }
    }

    private static bool IsThere(Stack stack, Template template, string id) => template.Resources.ContainsKey(id) && stack.Resources.GetValueOrDefault(id) is { IsUnmade: false };

    private static string PolicyName(string policy) => policy == "RetainExceptOnCreate" ? "Retain" : policy;
}

/// <summary>Where the change of a property comes from.</summary>
internal sealed class ChangeCauses(Stack stack, IReadOnlyDictionary<string, string> parameters)
{
    public (string Source, string? Entity) Of(JsonNode? definition, string? unknown)
    {
        foreach (var (resource, attribute) in References(definition))
        {
            if (resource == unknown)
                return attribute is null ? ("ResourceReference", resource) : ("ResourceAttribute", $"{resource}.{attribute}");
            if (attribute is null && parameters.TryGetValue(resource, out var value) && stack.Parameters.GetValueOrDefault(resource) != value)
                return ("ParameterReference", resource);
        }

        return ("DirectModification", null);
    }

    private static IEnumerable<(string Name, string? Attribute)> References(JsonNode? node) => node switch
    {
        JsonObject { Count: 1 } call when call.First() is ("Ref", var name) => [(name.ToText(), null)],
        JsonObject { Count: 1 } call when call.First() is ("Fn::GetAtt", var argument) => [Split(argument is JsonArray list ? string.Join('.', list.Select(JsonText.ToText)) : argument.ToText())],
        JsonObject { Count: 1 } call when call.First() is ("Fn::Sub", JsonValue text) =>
            Evaluator.SubVariable().Matches(text.ToText()).Where(match => !match.Groups["literal"].Success).Select(match => Split(match.Groups["name"].Value)),
        JsonObject members => members.SelectMany(member => References(member.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };

    private static (string Name, string? Attribute) Split(string path) => path.Split('.', 2) is [var name, var attribute] ? (name, attribute) : (path, null);
}
