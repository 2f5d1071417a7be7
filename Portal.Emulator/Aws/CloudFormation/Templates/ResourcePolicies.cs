using System.Text.Json.Nodes;

namespace Portal.Emulator.Aws.CloudFormation.Templates;

/// <summary>
/// DeletionPolicy and UpdateReplacePolicy. A function in them takes AWS::LanguageExtensions:
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/function-refs-in-policy-attributes.html
/// </summary>
internal static class ResourcePolicies
{
    public const string Deletion = "DeletionPolicy";
    public const string Replacement = "UpdateReplacePolicy";

    /// <summary>User guide, "DeletionPolicy attribute": the types that can leave a snapshot.</summary>
    private static readonly HashSet<string> s_withSnapshots = new(StringComparer.Ordinal)
    {
        "AWS::DocDB::DBCluster", "AWS::EC2::Volume", "AWS::ElastiCache::CacheCluster", "AWS::ElastiCache::ReplicationGroup",
        "AWS::Neptune::DBCluster", "AWS::RDS::DBCluster", "AWS::RDS::DBInstance", "AWS::Redshift::Cluster",
    };

    /// <exception cref="AwsException">No such policy, or a function without the transform.</exception>
    public static JsonNode Read(Template template, string id, string type, JsonObject properties, JsonObject resource, string attribute)
    {
        if (!resource.TryGetPropertyValue(attribute, out var policy))
            return attribute == Deletion && LeavesASnapshotUnasked(type, properties) ? "Snapshot" : "Delete";
        if (policy is JsonValue word && word.GetValueKind() == System.Text.Json.JsonValueKind.String)
        {
            return FaultOf(id, type, attribute, word.ToText()) is { } fault
                ? throw (template.HasLanguageExtensions ? AwsException.Validation(Failed(fault)) : fault.StartsWith("Template error", StringComparison.Ordinal) ? AwsException.Validation(fault) : TemplateReader.Format(fault))
                : word;
        }

        return policy is JsonObject && template.HasLanguageExtensions ? policy : throw TemplateReader.Format($"Every {attribute} member must be a string.");
    }

    /// <summary>The policy of each resource, worked out from parameters; null if all are sound, otherwise why the transform fails.</summary>
    public static string? FaultOf(Template template, Evaluator evaluator)
    {
        foreach (var resource in template.Resources.Values)
        {
            foreach (var (attribute, policy) in new[] { (Deletion, resource.DeletionPolicy), (Replacement, resource.UpdateReplacePolicy) })
            {
                if (policy is JsonObject && FaultOf(resource, attribute, policy, evaluator) is { } fault)
                    return Failed(fault);
            }
        }

        return null;
    }

    private static string? FaultOf(ResourceDefinition resource, string attribute, JsonNode policy, Evaluator evaluator)
    {
        try
        {
            return FaultOf(resource.LogicalId, resource.Type, attribute, evaluator.Text(policy));
        }
        catch (UnknownValueException)
        {
            // aws-cloudformation/cfn-language-discussion#124 shows the words; only parameters are known to the transform.
            return $"Unsupported expression for {attribute} in resource {resource.LogicalId}";
        }
    }

    private static string? FaultOf(string id, string type, string attribute, string policy) => policy switch
    {
        "Delete" or "Retain" => null,
        "RetainExceptOnCreate" when attribute == Deletion => null,
        "Snapshot" when s_withSnapshots.Contains(type) => null,
        "Snapshot" => $"Template error: resource type {type} does not support {(attribute == Deletion ? "deletion" : "update replace")} policy Snapshot",
        _ => $"Unrecognized {attribute} {policy} for resource {id}",
    };

    /// <summary>As aws-cloudformation/cfn-language-discussion#139 quotes it.</summary>
    private static string Failed(string fault) => $"Transform {Template.LanguageExtensions} failed with: {fault}.";

    /// <summary>User guide, "DeletionPolicy attribute": databases that hold data of their own leave a snapshot if nothing is said.</summary>
    private static bool LeavesASnapshotUnasked(string type, JsonObject properties) =>
        type == "AWS::RDS::DBCluster" || (type == "AWS::RDS::DBInstance" && !properties.ContainsKey("DBClusterIdentifier"));
}
