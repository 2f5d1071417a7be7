using System.Text.Json.Nodes;

namespace Portal.Emulator.Aws.CloudFormation.Templates;

/// <summary>Which of a template's resources wait for which.</summary>
internal static class DependencyGraph
{
    /// <param name="evaluator">Decides conditions, so that a branch not taken makes no dependency.</param>
    /// <returns>For each resource that is to exist, the resources it waits for.</returns>
    /// <exception cref="AwsException">A name is not defined, or resources wait for each other in a circle.</exception>
    public static Dictionary<string, List<string>> Build(Template template, Evaluator evaluator)
    {
        var active = template.Resources.Values.Where(resource => evaluator.Holds(resource.Condition)).ToDictionary(resource => resource.LogicalId);
        var graph = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var resource in active.Values)
        {
            var found = new HashSet<string>(resource.DependsOn, StringComparer.Ordinal);
            Collect(resource.Properties, evaluator, found);
            graph[resource.LogicalId] = [.. found.Where(id => active.ContainsKey(id) && id != resource.LogicalId).Order(StringComparer.Ordinal)];
            if (found.Contains(resource.LogicalId))
                throw AwsException.Validation($"Circular dependency between resources: [{resource.LogicalId}]");
        }

        if (InOrder(graph).Count < graph.Count)
            throw AwsException.Validation($"Circular dependency between resources: [{string.Join(", ", graph.Keys.Except(InOrder(graph)))}]");
        return graph;
    }

    /// <summary>What is waited for comes first; what waits in a circle is left out.</summary>
    public static IReadOnlyList<string> InOrder(Dictionary<string, List<string>> graph)
    {
        var (order, done) = (new List<string>(), new HashSet<string>(StringComparer.Ordinal));
        while (graph.Where(pair => !done.Contains(pair.Key) && pair.Value.TrueForAll(id => done.Contains(id) || !graph.ContainsKey(id))).Select(pair => pair.Key).ToList() is { Count: > 0 } free)
        {
            order.AddRange(free);
            done.UnionWith(free);
        }

        return order;
    }

    /// <summary>Whether everything that is referred to, or depended on, is there.</summary>
    public static void CheckNames(Template template)
    {
        if (Attributes(template.Root["Resources"]).Concat(Attributes(template.Root["Outputs"])).FirstOrDefault(id => !template.Resources.ContainsKey(id)) is { } undefined)
            throw AwsException.Validation($"Template error: instance of Fn::GetAtt references undefined resource {undefined}");
        var inResources = new HashSet<string>(StringComparer.Ordinal);
        foreach (var resource in template.Resources.Values)
        {
            inResources.UnionWith(resource.DependsOn);
            Collect(resource.Properties, null, inResources);
        }

        Refuse(inResources, "Resources");
        var inOutputs = new HashSet<string>(StringComparer.Ordinal);
        foreach (var output in template.Outputs.Values)
        {
            Collect(output.Value, null, inOutputs);
            Collect(output.ExportName, null, inOutputs);
        }

        Refuse(inOutputs, "Outputs");

        void Refuse(HashSet<string> names, string block)
        {
            var unknown = names.Where(name => !name.StartsWith("AWS::", StringComparison.Ordinal) && !template.Resources.ContainsKey(name) && !template.Parameters.ContainsKey(name)).ToList();
            if (unknown.Count > 0)
                throw TemplateReader.Format($"Unresolved resource dependencies [{string.Join(", ", unknown)}] in the {block} block of the template");
        }
    }

    private static IEnumerable<string> Attributes(JsonNode? node) => node switch
    {
        JsonObject { Count: 1 } call when call.First() is ("Fn::GetAtt", var argument) && (argument is JsonArray { Count: > 0 } pair ? pair[0] : argument) is JsonValue id => [id.ToText().Split('.')[0]],
        JsonObject members => members.SelectMany(member => Attributes(member.Value)),
        JsonArray items => items.SelectMany(Attributes),
        _ => [],
    };

    private static void Collect(JsonNode? node, Evaluator? evaluator, HashSet<string> found)
    {
        switch (node)
        {
            case JsonObject { Count: 1 } call when call.First() is var (function, argument) && CollectCall(function, argument, evaluator, found):
                break;
            case JsonObject members:
                foreach (var member in members)
                    Collect(member.Value, evaluator, found);
                break;
            case JsonArray items:
                foreach (var item in items)
                    Collect(item, evaluator, found);
                break;
        }
    }

    private static bool CollectCall(string function, JsonNode? argument, Evaluator? evaluator, HashSet<string> found)
    {
        switch (function)
        {
            case "Ref":
                found.Add(argument.ToText());
                return true;
            case "Fn::GetAtt":
                found.Add(argument is JsonArray pair ? pair[0].ToText() : argument.ToText().Split('.')[0]);
                return true;
            case "Fn::Sub":
                var (text, values) = argument is JsonArray { Count: 2 } two ? (two[0].ToText(), two[1] as JsonObject) : (argument.ToText(), null);
                Collect(values, evaluator, found);
                found.UnionWith(Evaluator.SubVariable().Matches(text).Where(match => !match.Groups["literal"].Success)
                    .Select(match => match.Groups["name"].Value).Where(name => values?.ContainsKey(name) != true).Select(name => name.Split('.')[0]));
                return true;
            case "Fn::If" when evaluator is not null && argument is JsonArray { Count: 3 } choice:
                Collect(evaluator.Holds(choice[0].ToText()) ? choice[1] : choice[2], evaluator, found);
                return true;
            default:
                return false;
        }
    }
}
