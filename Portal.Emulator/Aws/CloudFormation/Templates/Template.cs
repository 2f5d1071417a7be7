using System.Text.Json.Nodes;

namespace Portal.Emulator.Aws.CloudFormation.Templates;

/// <param name="DeletionPolicy">A word, or a function of parameters where the template declares AWS::LanguageExtensions; see <see cref="ResourcePolicies"/>.</param>
internal sealed record ResourceDefinition(
    string LogicalId, string Type, JsonObject Properties, string? Condition, IReadOnlyList<string> DependsOn, JsonNode DeletionPolicy, JsonNode UpdateReplacePolicy);

internal sealed record OutputDefinition(string Key, JsonNode? Value, string? Description, string? Condition, JsonNode? ExportName);

/// <summary>A template's sections, with the structure checked but no value computed.</summary>
internal sealed class Template
{
    /// <summary>The one transform that is carried out: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html</summary>
    public const string LanguageExtensions = "AWS::LanguageExtensions";

    /// <summary>Acknowledges that a macro makes another template of this one. A change set shows what it makes, so it needs no such word.</summary>
    public const string AutoExpand = "CAPABILITY_AUTO_EXPAND";

    private static readonly HashSet<string> s_sections = new(StringComparer.Ordinal)
    {
        "AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules", "Mappings", "Conditions", "Transform", "Resources", "Outputs", "Hooks",
    };

    private static readonly HashSet<string> s_attributes = new(StringComparer.Ordinal)
    {
        "Type", "Properties", "DependsOn", "Condition", "Metadata", "DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy", "CreationPolicy",
    };

    private Template(JsonObject root)
    {
        Root = root;
        if (root.FirstOrDefault(pair => !s_sections.Contains(pair.Key)).Key is { } unknown)
            throw AwsException.Validation($"Invalid template property or properties [{unknown}]");
        if (root["AWSTemplateFormatVersion"] is { } version && version.ToText() != "2010-09-09")
            throw TemplateReader.Format("unsupported value for AWSTemplateFormatVersion.");
        Description = root["Description"]?.ToText();
        Transforms = root["Transform"] switch
        {
            null => [],
            JsonArray list => [.. list.Select(JsonText.ToText)],
            var one => [one.ToText()],
        };
        if (Transforms.FirstOrDefault(name => name != LanguageExtensions) is { } macro)
            throw AwsException.Validation($"No transform named {macro} found.");
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

    /// <summary>Names of the macros that are to process the template.</summary>
    public IReadOnlyList<string> Transforms { get; }

    public bool HasLanguageExtensions => Transforms.Contains(LanguageExtensions);

    public JsonObject Mappings { get; }

    public JsonObject Conditions { get; }

    public IReadOnlyDictionary<string, ParameterDefinition> Parameters { get; }

    public IReadOnlyDictionary<string, ResourceDefinition> Resources { get; }

    public IReadOnlyDictionary<string, OutputDefinition> Outputs { get; }

    public static Template Parse(string body) => new(TemplateReader.Read(body));

    /// <summary>What a caller must acknowledge before such a template is carried out.</summary>
    public IReadOnlyList<string> RequiredCapabilities()
    {
        var needed = new List<string>();
        var iam = Resources.Values.Where(resource => resource.Type.StartsWith("AWS::IAM::", StringComparison.Ordinal)).ToList();
        string[] names = ["RoleName", "UserName", "GroupName", "ManagedPolicyName", "InstanceProfileName"];
        if (iam.Count > 0)
            needed.Add(iam.Exists(resource => names.Any(resource.Properties.ContainsKey)) ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM");
        if (Transforms.Count > 0)
            needed.Add(AutoExpand);
        return needed;
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

    private ResourceDefinition Resource(string id, JsonObject node)
    {
        if (node.FirstOrDefault(pair => !s_attributes.Contains(pair.Key)).Key is { } unknown)
            throw AwsException.Validation($"Invalid template resource property '{unknown}'");
        if (!id.All(char.IsAsciiLetterOrDigit))
            throw TemplateReader.Format($"Resource name {id} is non alphanumeric.");
        var type = node["Type"]?.ToText() ?? throw TemplateReader.Format($"[/Resources/{id}] Every Resources object must contain a Type member.");
        var dependsOn = node["DependsOn"] switch
        {
            null => [],
            JsonArray list when list.All(item => item is JsonValue) => list.Select(item => item.ToText()).ToList(),
            JsonValue one => [one.ToText()],
            _ => throw TemplateReader.Format("DependsOn must be a string or list of strings."),
        };
        var properties = node["Properties"] as JsonObject ?? [];
        return new ResourceDefinition(id, type, properties, node["Condition"]?.ToText(), dependsOn,
            ResourcePolicies.Read(this, id, type, properties, node, ResourcePolicies.Deletion), ResourcePolicies.Read(this, id, type, properties, node, ResourcePolicies.Replacement));
    }

    private static OutputDefinition Output(string key, JsonObject node) => node.ContainsKey("Value")
        ? new OutputDefinition(key, node["Value"], node["Description"]?.ToText(), node["Condition"]?.ToText(), node["Export"]?["Name"])
        : throw TemplateReader.Format("Every Outputs member must contain a Value object");
}
