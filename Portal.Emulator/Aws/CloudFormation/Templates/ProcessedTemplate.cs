using System.Text.Json.Nodes;

namespace Portal.Emulator.Aws.CloudFormation.Templates;

/// <summary>What AWS::LanguageExtensions makes of a template: its own functions carried out, all others left as they are.</summary>
internal static class ProcessedTemplate
{
    private static readonly string[] s_functions = ["Fn::Length", "Fn::ToJsonString"];

    /// <param name="original">The text, returned as it is where no transform is declared.</param>
    /// <param name="evaluator">Knows parameters; resources need not be known.</param>
    public static string Of(string original, Template template, Evaluator evaluator)
    {
        if (!template.HasLanguageExtensions)
            return original;
        var root = (JsonObject)template.Root.DeepClone();
        root.Remove("Transform");
        root["Resources"] = Process(root["Resources"], evaluator);
        root["Outputs"] = Process(root["Outputs"], evaluator);
        if (root["Outputs"] is null)
            root.Remove("Outputs");
        foreach (var resource in template.Resources.Values)
        {
            var processed = root["Resources"]![resource.LogicalId]!.AsObject();
            foreach (var (attribute, policy) in new[] { (ResourcePolicies.Deletion, resource.DeletionPolicy), (ResourcePolicies.Replacement, resource.UpdateReplacePolicy) })
            {
                if (policy is JsonObject)
                    processed[attribute] = evaluator.Text(policy);
            }
        }

        return root.ToJsonString(JsonText.Compact);
    }

    private static JsonNode? Process(JsonNode? node, Evaluator evaluator) => node switch
    {
        JsonObject { Count: 1 } call when s_functions.Contains(call.First().Key) => Known(call, evaluator),
        JsonObject members => new JsonObject(members.Select(pair => KeyValuePair.Create(pair.Key, Process(pair.Value, evaluator)))),
        JsonArray items => new JsonArray([.. items.Select(item => Process(item, evaluator))]),
        _ => node?.DeepClone(),
    };

    private static JsonNode? Known(JsonObject call, Evaluator evaluator)
    {
        try
        {
            return evaluator.Evaluate(call);
        }
        catch (UnknownValueException)
        {
            return call.DeepClone();
        }
    }
}
