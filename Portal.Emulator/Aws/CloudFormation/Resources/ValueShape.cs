using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>What a value of a property may be. The words for what it is not are those of the validator that CloudFormation uses (everit's JSON Schema).</summary>
internal abstract class ValueShape
{
    /// <summary>Every fault of the value, with its path.</summary>
    public abstract IEnumerable<string> FaultsOf(string path, JsonNode? value);

    protected static string TypeOf(JsonNode? value) => value switch
    {
        null => "Null",
        JsonArray => "JSONArray",
        JsonObject => "JSONObject",
        _ => value.GetValueKind() switch { JsonValueKind.True or JsonValueKind.False => "Boolean", JsonValueKind.Number => "Integer", _ => "String" },
    };

    protected static string Expected(string path, string type, JsonNode? value) => $"{path}: expected type: {type}, found: {TypeOf(value)}";
}

/// <summary>Anything: a policy document, an OpenAPI definition.</summary>
internal sealed class AnyShape : ValueShape
{
    public override IEnumerable<string> FaultsOf(string path, JsonNode? value) => [];
}

/// <summary>Text, a number or true and false. Templates may write any of them as text: CloudFormation converts them.</summary>
internal sealed class ScalarShape(string type, decimal? least, decimal? most, IReadOnlyList<string> values, Regex? pattern) : ValueShape
{
    public override IEnumerable<string> FaultsOf(string path, JsonNode? value)
    {
        if (value is not JsonValue || !IsOfType(value.ToText()))
            return [Expected(path, $"{char.ToUpperInvariant(type[0])}{type[1..]}", value)];
        return type == "string" ? TextFaults(path, value.ToText()) : NumberFaults(path, value.ToText());
    }

    private bool IsOfType(string text) => type switch
    {
        "integer" => decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number == decimal.Truncate(number),
        "number" => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _),
        "boolean" => text.Equals("true", StringComparison.OrdinalIgnoreCase) || text.Equals("false", StringComparison.OrdinalIgnoreCase),
        _ => true,
    };

    private IEnumerable<string> TextFaults(string path, string text)
    {
        // A dynamic reference: CloudFormation checks what it stands for, which nobody here knows.
        if (text.StartsWith("{{resolve:", StringComparison.Ordinal))
            yield break;
        if (values.Count > 0 && !values.Contains(text))
            yield return $"{path}: {text} is not a valid enum value";
        if (text.Length < least)
            yield return $"{path}: expected minLength: {least}, actual: {text.Length}";
        if (text.Length > most)
            yield return $"{path}: expected maxLength: {most}, actual: {text.Length}";
        if (pattern is not null && !pattern.IsMatch(text))
            yield return $"{path}: string [{text}] does not match pattern {pattern}";
    }

    private IEnumerable<string> NumberFaults(string path, string text)
    {
        if (values.Count > 0 && !values.Contains(text))
            yield return $"{path}: {text} is not a valid enum value";
        if (type == "boolean")
            yield break;
        var number = decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (number < least)
            yield return $"{path}: {text} is not greater or equal to {least}";
        if (number > most)
            yield return $"{path}: {text} is not less or equal to {most}";
    }
}

internal sealed class ListShape(ValueShape item, decimal? least, decimal? most, bool isUnique) : ValueShape
{
    public override IEnumerable<string> FaultsOf(string path, JsonNode? value)
    {
        if (value is not JsonArray list)
            return [Expected(path, "JSONArray", value)];
        var faults = list.SelectMany((one, index) => item.FaultsOf($"{path}/{index}", one)).ToList();
        if (list.Count < least)
            faults.Add($"{path}: expected minimum item count: {least}, found: {list.Count}");
        if (list.Count > most)
            faults.Add($"{path}: expected maximum item count: {most}, found: {list.Count}");
        if (isUnique && list.Select(one => one?.ToJsonString()).Distinct(StringComparer.Ordinal).Count() < list.Count)
            faults.Add($"{path}: array items are not unique");
        return faults;
    }
}

internal sealed class MapShape(ValueShape item) : ValueShape
{
    public override IEnumerable<string> FaultsOf(string path, JsonNode? value) => value is JsonObject members
        ? members.SelectMany(member => item.FaultsOf($"{path}/{member.Key}", member.Value))
        : [Expected(path, "JSONObject", value)];
}

internal sealed class ObjectShape : ValueShape
{
    private readonly Dictionary<string, ValueShape> _members = new(StringComparer.Ordinal);
    private readonly List<string> _required = [];

    public void Add(string name, bool isRequired, ValueShape shape)
    {
        _members.Add(name, shape);
        if (isRequired)
            _required.Add(name);
    }

    public override IEnumerable<string> FaultsOf(string path, JsonNode? value)
    {
        if (value is not JsonObject members)
            return [Expected(path, "JSONObject", value)];
        var missing = _required.Where(name => !members.ContainsKey(name)).Order(StringComparer.Ordinal).Select(name => $"{path}: required key [{name}] not found");
        var extraneous = members.Where(member => !_members.ContainsKey(member.Key)).Select(member => $"{path}: extraneous key [{member.Key}] is not permitted");
        return missing.Concat(extraneous).Concat(members.Where(member => _members.ContainsKey(member.Key)).SelectMany(member => _members[member.Key].FaultsOf($"{path}/{member.Key}", member.Value)));
    }
}
