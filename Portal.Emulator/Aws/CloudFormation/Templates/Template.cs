using System.Text.Json.Nodes;

namespace Portal.Emulator.Aws.CloudFormation.Templates;

internal sealed record ResourceDefinition(
    string LogicalId, string Type, JsonObject Properties, string? Condition, IReadOnlyList<string> DependsOn, string DeletionPolicy, string UpdateReplacePolicy);

internal sealed record OutputDefinition(string Key, JsonNode? Value, string? Description, string? Condition, JsonNode? ExportName);

/// <summary>A template's sections, with the structure checked but no value computed.</summary>
internal sealed class Template
{
    private static readonly HashSet<string> s_sections = new(StringComparer.Ordinal)
    {
        "AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules", "Mappings", "Conditions", "Transform", "Resources", "Outputs", "Hooks",
    };

    private Template(JsonObject root)
    {
        Root = root;
        if (root.FirstOrDefault(pair => !s_sections.Contains(pair.Key)).Key is { } unknown)
            throw AwsException.Validation($"Invalid template property or properties [{unknown}]");
        Description = root["Description"]?.ToText();
        Mappings = Section("Mappings");
        Conditions = Section("Conditions");
        Parameters = Section("Parameters").ToDictionary(pair => pair.Key, pair => ParameterDefinition.Read(pair.Key, Object(pair.Value, "Parameters", pair.Key)));
        Resources = Section("Resources").ToDictionary(pair => pair.Key, pair => Resource(pair.Key, Object(pair.Value, "Resources", pair.Key)));
        Outputs = Section("Outputs").ToDictionary(pair => pair.Key, pair => Output(pair.Key, Object(pair.Value, "Outputs", pair.Key)));
        Limit("parameters", Parameters.Count, 200);
        Limit("resources", Resources.Count, 500);
        Limit("outputs", Outputs.Count, 200);
        if (Resources.Count == 0)
            throw TemplateReader.Format("At least one Resources member must be defined.");
    }

    public JsonObject Root { get; }

    public string? Description { get; }

    public JsonObject Mappings { get; }

    public JsonObject Conditions { get; }

    public IReadOnlyDictionary<string, ParameterDefinition> Parameters { get; }

    public IReadOnlyDictionary<string, ResourceDefinition> Resources { get; }

    public IReadOnlyDictionary<string, OutputDefinition> Outputs { get; }

    public static Template Parse(string body) => new(TemplateReader.Read(body));

    /// <summary>What a caller must acknowledge before such a template is carried out.</summary>
    public IReadOnlyList<string> RequiredCapabilities()
    {
        var iam = Resources.Values.Where(resource => resource.Type.StartsWith("AWS::IAM::", StringComparison.Ordinal)).ToList();
        if (iam.Count == 0)
            return [];
        string[] names = ["RoleName", "UserName", "GroupName", "ManagedPolicyName", "InstanceProfileName"];
        return iam.Exists(resource => names.Any(resource.Properties.ContainsKey)) ? ["CAPABILITY_NAMED_IAM"] : ["CAPABILITY_IAM"];
    }

    /// <summary>User guide, "CloudFormation quotas".</summary>
    private static void Limit(string what, int count, int most)
    {
        if (count > most)
            throw TemplateReader.Format($"Number of {what}, {count}, is greater than maximum allowed, {most}");
    }

    private JsonObject Section(string name) => Root[name] switch
    {
        null => [],
        JsonObject section => section,
        _ => throw TemplateReader.Format($"{name} must be an object."),
    };

    private static JsonObject Object(JsonNode? node, string section, string key) =>
        node as JsonObject ?? throw TemplateReader.Format($"Every {section} member must be an object; [{key}] is not.");

    private static ResourceDefinition Resource(string id, JsonObject node)
    {
        if (!id.All(char.IsAsciiLetterOrDigit))
            throw TemplateReader.Format($"Resource name {id} is non alphanumeric.");
        var type = node["Type"]?.ToText() ?? throw TemplateReader.Format($"[/Resources/{id}] Every Resources object must contain a Type member.");
        var dependsOn = node["DependsOn"] switch
        {
            null => [],
            JsonArray list => list.Select(item => item.ToText()).ToList(),
            var one => [one.ToText()],
        };
        return new ResourceDefinition(id, type, node["Properties"] as JsonObject ?? [], node["Condition"]?.ToText(), dependsOn,
            node["DeletionPolicy"]?.ToText() ?? "Delete", node["UpdateReplacePolicy"]?.ToText() ?? "Delete");
    }

    private static OutputDefinition Output(string key, JsonObject node) => node.ContainsKey("Value")
        ? new OutputDefinition(key, node["Value"], node["Description"]?.ToText(), node["Condition"]?.ToText(), node["Export"]?["Name"])
        : throw TemplateReader.Format($"Every Outputs member must contain a Value object; [{key}] does not.");
}
