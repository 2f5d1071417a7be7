using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Portal.Emulator.Aws.CloudFormation.Templates;

/// <summary>A parameter with its constraints. Values are strings until they are used, as in the API.</summary>
internal sealed record ParameterDefinition(string Name, string Type, string? Default, bool NoEcho, string? Description, string? ConstraintDescription)
{
    private static readonly HashSet<string> s_attributes = new(StringComparer.Ordinal)
    {
        "Type", "Default", "NoEcho", "AllowedValues", "AllowedPattern", "MinLength", "MaxLength", "MinValue", "MaxValue", "Description", "ConstraintDescription",
    };

    private const string SsmPrefix = "AWS::SSM::Parameter::Value<";

    public IReadOnlyList<string> AllowedValues { get; private init; } = [];

    public string? AllowedPattern { get; private init; }

    private decimal? MinLength { get; init; }

    private decimal? MaxLength { get; init; }

    private decimal? MinValue { get; init; }

    private decimal? MaxValue { get; init; }

    public bool IsList => Type == "CommaDelimitedList" || InnerType.StartsWith("List<", StringComparison.Ordinal) || InnerType == "CommaDelimitedList";

    /// <summary>Whether the value names an SSM parameter whose value is meant.</summary>
    public bool IsSsm => Type.StartsWith(SsmPrefix, StringComparison.Ordinal);

    private string InnerType => IsSsm ? Type[SsmPrefix.Length..^1] : Type;

    public static ParameterDefinition Read(string name, JsonObject node)
    {
        if (node.FirstOrDefault(pair => !s_attributes.Contains(pair.Key)).Key is { } unknown)
            throw AwsException.Validation($"Invalid template parameter property '{unknown}'");
        var type = node["Type"]?.ToText() ?? throw TemplateReader.Format($"Every Parameters object must contain a Type member.");
        if (type is not ("String" or "Number" or "CommaDelimitedList") && !type.StartsWith("List<", StringComparison.Ordinal) && !type.StartsWith("AWS::", StringComparison.Ordinal))
            throw TemplateReader.Format($"Unrecognized parameter type: {type}");
        return new ParameterDefinition(
            name, type, node.ContainsKey("Default") ? node["Default"].ToText() : null, node["NoEcho"].ToText() == "true",
            node["Description"]?.ToText(), node["ConstraintDescription"]?.ToText())
        {
            AllowedValues = (node["AllowedValues"] as JsonArray)?.Select(JsonText.ToText).ToList() ?? [],
            AllowedPattern = node["AllowedPattern"]?.ToText(),
            MinLength = Number(node["MinLength"]),
            MaxLength = Number(node["MaxLength"]),
            MinValue = Number(node["MinValue"]),
            MaxValue = Number(node["MaxValue"]),
        };
    }

    /// <summary>Null if the value is legal, otherwise AWS's sentence.</summary>
    public string? FaultOf(string value)
    {
        var values = IsList ? value.Split(',', StringSplitOptions.TrimEntries) : [value];
        var fault = values.Select(FaultOfOne).FirstOrDefault(text => text is not null);
        return fault is not null && ConstraintDescription is not null ? $"Parameter {Name} failed to satisfy constraint: {ConstraintDescription}" : fault;
    }

    /// <summary>An empty list is one empty string to CloudFormation, which is why conditions compare the first item or the join with "".</summary>
    public JsonNode ToNode(string value) =>
        IsList ? new JsonArray([.. value.Split(',', StringSplitOptions.TrimEntries).Select(item => (JsonNode)item)]) : value;

    private string? FaultOfOne(string value)
    {
        if (AllowedValues.Count > 0 && !AllowedValues.Contains(value))
            return $"Parameter '{Name}' must be one of AllowedValues";
        if (InnerType is "Number" or "List<Number>")
            return FaultOfNumber(value);
        if (MinLength is { } least && value.Length < least)
            return $"Parameter '{Name}' must contain at least {least} characters";
        if (MaxLength is { } most && value.Length > most)
            return $"Parameter '{Name}' must contain at most {most} characters";
        if (AllowedPattern is not null && !Regex.IsMatch(value, $@"^(?:{AllowedPattern})\z", RegexOptions.None, TimeSpan.FromSeconds(1)))
            return $"Parameter '{Name}' must match pattern {AllowedPattern}";
        return null;
    }

    private string? FaultOfNumber(string value)
    {
        if (!decimal.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return $"Parameter '{Name}' must be a number";
        if (MinValue is { } least && number < least)
            return $"Parameter '{Name}' must be a number not less than {least}";
        if (MaxValue is { } most && number > most)
            return $"Parameter '{Name}' must be a number not greater than {most}";
        return null;
    }

    private static decimal? Number(JsonNode? node) => node is null ? null : decimal.Parse(node.ToText(), CultureInfo.InvariantCulture);
}
