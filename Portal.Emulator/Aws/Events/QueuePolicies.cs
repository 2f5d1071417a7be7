using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.Events;

/// <summary>Whether a queue lets EventBridge send what a rule sends: without a policy that says so, AWS drops it without a word.</summary>
internal sealed class QueuePolicies(Inventory inventory, EmulatorOptions options)
{
    public bool Admit(CloudResource queue, string ruleArn) => inventory.OfType("AWS::SQS::QueuePolicy")
        .Where(policy => List(policy.Properties["Queues"]).Contains(queue.PhysicalId))
        .SelectMany(policy => Items(policy.Properties["PolicyDocument"]?["Statement"]).OfType<JsonObject>())
        .Any(statement => Admits(statement, queue, ruleArn));

    private bool Admits(JsonObject statement, CloudResource queue, string ruleArn) =>
        statement["Effect"].ToText() == "Allow"
        && (statement["Principal"] is JsonObject principal ? List(principal["Service"]).Contains("events.amazonaws.com") : statement["Principal"].ToText() == "*")
        && List(statement["Action"]).Any(action => Like(action, "sqs:SendMessage", RegexOptions.IgnoreCase))
        && List(statement["Resource"]).Any(resource => Like(resource, queue.Attributes["Arn"].ToText()))
        && (statement["Condition"] as JsonObject ?? []).All(test => (test.Value as JsonObject ?? []).All(key => Holds(key.Key, List(key.Value), ruleArn)));

    /// <summary>What EventBridge tells of itself; a condition on anything else does not hold.</summary>
    private bool Holds(string key, List<string> values, string ruleArn) => key.ToLowerInvariant() switch
    {
        "aws:sourcearn" => values.Exists(value => Like(value, ruleArn)),
        "aws:sourceaccount" => values.Contains(options.AccountId),
        _ => false,
    };

    private static bool Like(string pattern, string text, RegexOptions how = RegexOptions.None) =>
        Regex.IsMatch(text, $"^{Regex.Escape(pattern).Replace(@"\*", ".*", StringComparison.Ordinal).Replace(@"\?", ".", StringComparison.Ordinal)}$", how, TimeSpan.FromSeconds(1));

    private static IEnumerable<JsonNode?> Items(JsonNode? node) => node is JsonArray list ? list : Enumerable.Repeat(node, 1);

    private static List<string> List(JsonNode? node) => [.. Items(node).Select(one => one.ToText())];
}
