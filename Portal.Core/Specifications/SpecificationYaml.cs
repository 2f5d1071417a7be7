using System.Globalization;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;

namespace Portal.Core.Specifications;

/// <summary>The text is no specification.</summary>
public sealed record UnreadableSpecification(IReadOnlyList<FieldError> Errors)
    : Refusal("unreadable_specification", string.Join(' ', Errors.Take(5).Select(error => error.Message).Append(Errors.Count > 5 ? $"And {Errors.Count - 5} more." : "")).TrimEnd());

/// <summary>
/// A specification as YAML, to keep beside the code and to ask for by program, both ways. A field that is not there has its default; one that
/// nobody knows is refused with its line, and so is each value of the wrong kind, all of them at once.
/// </summary>
public static partial class SpecificationYaml
{
    public const string ApiVersion = "portal/v1";
    public const string Kind = "Environment";

    /// <summary>Of the text, characters.</summary>
    public const int MostText = 512 * 1024;

    private const int MostDepth = 20;
    private const int MostNodes = 20_000;
    private const int MostErrors = 50;

    private static readonly JsonSerializerOptions s_json = new(Specification.Json)
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { WithoutEarlierFields } },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // A new one lacks what has to be said, which has no default.
    private static readonly JsonSerializerOptions s_defaults = new(s_json) { RespectNullableAnnotations = false };

    /// <summary>What differs from the defaults, as a document with <c>apiVersion</c>, <c>kind</c> and <c>spec</c>.</summary>
    public static string Write(Specification specification)
    {
        var document = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["apiVersion"] = ApiVersion,
            ["kind"] = Kind,
            ["spec"] = Plain(Without(JsonSerializer.SerializeToNode(specification, s_json)!, s_json.GetTypeInfo(typeof(Specification)))),
        };
        return new SerializerBuilder().WithQuotingNecessaryStrings().WithIndentedSequences().DisableAliases().Build().Serialize(document);
    }

    /// <summary>Whether the text says that it is one, so that it can be told from other formats.</summary>
    public static bool Fits(string text) => OurVersion().IsMatch(text);

    /// <returns>What is asked for, not checked against the catalogue; or <see cref="UnreadableSpecification"/>.</returns>
    public static Outcome<Specification> Read(string text)
    {
        if (text.Length > MostText)
            return One($"The text has {text.Length / 1024} KiB; {MostText / 1024} at most.");
        YamlMappingNode root;
        try
        {
            YamlDepth.Check(text, MostDepth, aliases: false);
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            if (yaml.Documents is not [{ RootNode: YamlMappingNode mapping }])
                return One("It has to be one document with apiVersion, kind and spec.");
            root = mapping;
        }
        catch (YamlException error)
        {
            return One($"It cannot be read as YAML at line {error.Start.Line}, column {error.Start.Column}: {(error.InnerException ?? error).Message}");
        }

        return Read(root, new Reader(hasLines: true));
    }

    /// <summary>The same document as JSON.</summary>
    /// <inheritdoc cref="Read(string)"/>
    public static Outcome<Specification> ReadJson(string text)
    {
        if (text.Length > MostText)
            return One($"The text has {text.Length / 1024} KiB; {MostText / 1024} at most.");
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MostDepth, AllowDuplicateProperties = false });
            return Node(json.RootElement) is YamlMappingNode root ? Read(root, new Reader(hasLines: false)) : One("It has to be one object with apiVersion, kind and spec.");
        }
        catch (JsonException error)
        {
            return One($"It cannot be read as JSON: {error.Message}");
        }
        catch (InvalidOperationException)
        {
            return One("It cannot be read as JSON: a text has half of a letter (a surrogate without its other half).");
        }
    }

    private static Outcome<Specification> Read(YamlMappingNode root, Reader reader)
    {
        reader.Envelope(root);
        var spec = root.Children.TryGetValue(new YamlScalarNode("spec"), out var node)
            ? reader.Value(node, s_json.GetTypeInfo(typeof(Specification)), "", depth: 0)
            : reader.Fault("spec", root, "spec is missing: what the environment is to be.");
        if (reader.Errors.Count > 0)
            return new UnreadableSpecification(reader.Errors);
        return spec.Deserialize<Specification>(s_json)!;
    }

    /// <summary>JSON Schema of the document, 2020-12.</summary>
    public static string Schema()
    {
        var spec = s_json.GetJsonSchemaAsNode(typeof(Specification), new JsonSchemaExporterOptions
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, node) =>
            {
                if (node is JsonObject schema && context.TypeInfo.Kind == JsonTypeInfoKind.Object)
                    schema["additionalProperties"] = false;
                return node;
            },
        });
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "An environment that Portal makes",
            ["type"] = "object",
            ["required"] = new JsonArray("apiVersion", "kind", "spec"),
            ["additionalProperties"] = false,
            ["properties"] = new JsonObject
            {
                ["apiVersion"] = new JsonObject { ["const"] = ApiVersion },
                ["kind"] = new JsonObject { ["const"] = Kind },
                ["spec"] = spec,
            },
        };
        // References are written as if the specification were the whole document.
        return schema.ToJsonString(new JsonSerializerOptions(s_json) { WriteIndented = true }).Replace("\"$ref\": \"#/", "\"$ref\": \"#/properties/spec/", StringComparison.Ordinal).ReplaceLineEndings("\n") + "\n";
    }

    // What specifications of earlier versions said is read where they are stored; nobody begins with it.
    private static void WithoutEarlierFields(JsonTypeInfo type)
    {
        foreach (var earlier in type.Properties.Where(property => property.AttributeProvider is PropertyInfo { GetMethod.IsPublic: false }).ToList())
            type.Properties.Remove(earlier);
    }

    // Text stays text: what is quoted there is quoted here.
    private static YamlNode Node(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new YamlMappingNode(element.EnumerateObject().Select(one => KeyValuePair.Create<YamlNode, YamlNode>(new YamlScalarNode(one.Name), Node(one.Value)))),
        JsonValueKind.Array => new YamlSequenceNode(element.EnumerateArray().Select(Node)),
        JsonValueKind.String => new YamlScalarNode(element.GetString()) { Style = ScalarStyle.DoubleQuoted },
        _ => new YamlScalarNode(element.GetRawText()),
    };

    [GeneratedRegex("^\\W*apiVersion\\W+portal/", RegexOptions.Multiline)]
    private static partial Regex OurVersion();

    private static UnreadableSpecification One(string message) => new([new FieldError("", null, message)]);

    // A default is what a new one of the type says; what has none says everything.
    private static JsonNode Without(JsonNode node, JsonTypeInfo type)
    {
        if (node is JsonArray list)
            return new JsonArray([.. list.Select(item => item is null ? null : Without(item.DeepClone(), s_json.GetTypeInfo(type.ElementType!)))]);
        if (node is not JsonObject map || type.Kind != JsonTypeInfoKind.Object)
            return node.DeepClone();
        var usual = type.Type.GetConstructor(Type.EmptyTypes) is null ? null : JsonSerializer.SerializeToNode(Activator.CreateInstance(type.Type), type.Type, s_defaults)!.AsObject();
        var kept = new JsonObject();
        foreach (var property in type.Properties)
        {
            if (map[property.Name] is not { } value || (usual is not null && JsonNode.DeepEquals(value, usual[property.Name])))
                continue;
            var rest = Without(value, s_json.GetTypeInfo(property.PropertyType));
            if (rest is not JsonObject { Count: 0 })
                kept[property.Name] = rest;
        }

        return kept;
    }

    private static object? Plain(JsonNode? node) => node switch
    {
        JsonObject map => map.ToDictionary(pair => pair.Key, pair => Plain(pair.Value)),
        JsonArray list => list.Select(Plain).ToList(),
        JsonValue value when value.GetValueKind() is JsonValueKind.String => value.GetValue<string>(),
        JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => value.GetValue<bool>(),
        JsonValue value => decimal.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture),
        _ => null,
    };

    /// <summary>From YAML to what the serializer takes, by the types that it would make: "1.30" stays a text where a text is wanted.</summary>
    private sealed class Reader(bool hasLines)
    {
        private int _nodes;

        public List<FieldError> Errors { get; } = [];

        public void Envelope(YamlMappingNode root)
        {
            foreach (var (key, node) in root.Children)
            {
                var (name, value) = ((key as YamlScalarNode)?.Value ?? "", (node as YamlScalarNode)?.Value);
                if ((name == "apiVersion" && value != ApiVersion) || (name == "kind" && value != Kind))
                    Fault(name, node, $"{name} is '{value}'; it has to be '{(name == "kind" ? Kind : ApiVersion)}'.");
                else if (name is not ("apiVersion" or "kind" or "spec"))
                    Fault(name, key, $"'{name}' is not a key of the document: apiVersion, kind and spec are.");
            }

            foreach (var name in new[] { "apiVersion", "kind" }.Where(name => !root.Children.ContainsKey(new YamlScalarNode(name))))
                Fault(name, root, $"{name} is missing: write '{name}: {(name == "kind" ? Kind : ApiVersion)}'.");
        }

        public JsonNode? Fault(string field, YamlNode at, string message)
        {
            if (Errors.Count < MostErrors)
                Errors.Add(new FieldError(field, (at as YamlScalarNode)?.Value, hasLines ? $"Line {at.Start.Line}: {message}" : message));
            return null;
        }

        public JsonNode? Value(YamlNode node, JsonTypeInfo type, string field, int depth)
        {
            if (depth > MostDepth || ++_nodes > MostNodes)
                return _nodes == MostNodes + 1 || depth > MostDepth ? Fault(field, node, $"{field} stands for too much: {MostNodes} values and {MostDepth} levels at most.") : null;
            var of = Nullable.GetUnderlyingType(type.Type) is { } underlying ? s_json.GetTypeInfo(underlying) : type;
            return of.Kind switch
            {
                JsonTypeInfoKind.Object => Map(node, of, field, depth),
                JsonTypeInfoKind.Enumerable => List(node, s_json.GetTypeInfo(of.ElementType!), field, depth),
                JsonTypeInfoKind.Dictionary => Dictionary(node, s_json.GetTypeInfo(of.ElementType!), field, depth),
                _ => node is YamlScalarNode scalar ? Scalar(scalar, of.Type, field) : Fault(field, node, $"{field} has to be a single value."),
            };
        }

        private JsonObject Map(YamlNode node, JsonTypeInfo type, string field, int depth)
        {
            var map = new JsonObject();
            if (node is not YamlMappingNode && !SaysNothing(node))
            {
                Fault(field, node, $"{(field.Length == 0 ? "spec" : field)} has to be a mapping of fields to values.");
                return map;
            }

            IEnumerable<KeyValuePair<YamlNode, YamlNode>> children = node is YamlMappingNode mapping ? mapping.Children : [];
            foreach (var (key, value) in children)
            {
                var name = (key as YamlScalarNode)?.Value ?? "";
                var path = Path(field, name);
                if (type.Properties.FirstOrDefault(property => property.Name == name && property.Set is not null) is not { } property)
                    Fault(path, key, $"{path} is not a field. There {(type.Properties.Count == 1 ? "is" : "are")} {string.Join(", ", type.Properties.Where(one => one.Set is not null).Select(one => one.Name).Order(StringComparer.Ordinal))}.");
                else if (!SaysNothing(value))
                    map[name] = Value(value, s_json.GetTypeInfo(property.PropertyType), path, depth + 1);
            }

            foreach (var missing in type.Properties.Where(property => MustBeSaid(property) && !map.ContainsKey(property.Name)))
                Fault(Path(field, missing.Name), node, $"{Path(field, missing.Name)} is missing.");
            return map;
        }

        private static string Path(string field, string name) => field.Length == 0 ? name : $"{field}.{name}";

        // A key without a value has the field's default, as if it were not there.
        private static bool SaysNothing(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };

        // What a record is made of has no default, unless it says one.
        private static bool MustBeSaid(JsonPropertyInfo property) => property.IsRequired || property.AssociatedParameter is { HasDefaultValue: false };

        private JsonArray List(YamlNode node, JsonTypeInfo item, string field, int depth)
        {
            if (node is YamlSequenceNode sequence)
                return new JsonArray([.. sequence.Children.Select((one, index) => Value(one, item, $"{field}[{index.ToString(CultureInfo.InvariantCulture)}]", depth + 1))]);
            Fault(field, node, $"{field} has to be a list.");
            return [];
        }

        private JsonObject Dictionary(YamlNode node, JsonTypeInfo item, string field, int depth)
        {
            if (node is YamlMappingNode mapping)
                return new JsonObject(mapping.Children.Select(pair => KeyValuePair.Create(pair.Key.ToString(), Value(pair.Value, item, $"{field}.{pair.Key}", depth + 1))));
            Fault(field, node, $"{field} has to be a mapping of names to values.");
            return [];
        }

        private JsonNode? Scalar(YamlScalarNode scalar, Type type, string field)
        {
            var text = scalar.Value ?? "";
            if (type == typeof(string))
                return JsonValue.Create(text);
            if (type == typeof(bool))
                return text is "true" or "false" ? JsonValue.Create(text == "true") : Fault(field, scalar, $"{field} is '{text}'; it has to be true or false.");
            if (type.IsEnum)
            {
                return Enum.GetNames(type).FirstOrDefault(name => string.Equals(name, text, StringComparison.OrdinalIgnoreCase)) is { } name
                    ? JsonValue.Create(name)
                    : Fault(field, scalar, $"{field} is '{text}'; it has to be {string.Join(", ", Enum.GetNames(type))}.");
            }

            if (type == typeof(int))
                return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole) : Fault(field, scalar, $"{field} is '{text}'; it has to be a whole number.");
            if (type == typeof(long))
                return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var large) ? JsonValue.Create(large) : Fault(field, scalar, $"{field} is '{text}'; it has to be a whole number.");
            return decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                ? JsonValue.Create(number)
                : Fault(field, scalar, $"{field} is '{text}'; it has to be a number.");
        }
    }
}
