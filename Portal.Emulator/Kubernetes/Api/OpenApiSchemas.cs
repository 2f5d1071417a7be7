using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Schema;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>JSON schemas of the API's types, in the two dialects of OpenAPI.</summary>
/// <param name="prefix">Of references: <c>#/definitions/</c> (2) or <c>#/components/schemas/</c> (3).</param>
internal sealed class OpenApiSchemas(string prefix, bool isV3)
{
    private const string Meta = "io.k8s.apimachinery.pkg.apis.meta.v1.";
    private const string Quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
    private const string IntOrString = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";

    private readonly SortedDictionary<string, JsonNode?> _schemas = new(StringComparer.Ordinal);

    /// <summary>The schemas of the kinds and of everything they refer to.</summary>
    public JsonObject Of(IEnumerable<ResourceKind> kinds)
    {
        foreach (var kind in kinds)
        {
            if (ApiSchema.Of(kind) is { } type)
                Add(type, kind);
            else if (kind.IsCustom)
                AddCustom(kind);
        }

        return new JsonObject(_schemas.Select(pair => KeyValuePair.Create(pair.Key, pair.Value)));
    }

    private void Add(SchemaType type, ResourceKind? kind = null)
    {
        if (_schemas.TryGetValue(type.FullName, out var known))
        {
            if (kind is not null)
                known!["x-kubernetes-group-version-kind"] = new JsonArray(GroupVersionKind(kind));
            return;
        }

        var schema = new JsonObject { ["type"] = "object" };
        _schemas[type.FullName] = schema;
        if (TypeDescriptions.Of(type.Name) is { } description)
            schema["description"] = description;
        var properties = new JsonObject();
        if (type.IsRoot)
        {
            properties["apiVersion"] = Plain("string", null, TypeDescriptions.ApiVersion);
            properties["kind"] = Plain("string", null, TypeDescriptions.Kind);
        }

        foreach (var field in type.Fields.Values.OrderBy(field => field.Name, StringComparer.Ordinal))
        {
            var property = Property(field);
            if ((TypeDescriptions.Of($"{type.Name}.{field.Name}") ?? (field.Name == "metadata" ? TypeDescriptions.Metadata : null)) is { } text)
                property["description"] = text;
            properties[field.Name] = property;
        }

        schema["properties"] = properties;
        if (type.Fields.Values.Where(field => field.IsRequired).Select(field => (JsonNode?)field.Name).ToJsonArray() is { Count: > 0 } required)
            schema["required"] = required;
        if (kind is not null)
            schema["x-kubernetes-group-version-kind"] = new JsonArray(GroupVersionKind(kind));
    }

    private void AddCustom(ResourceKind kind)
    {
        var schema = kind.CustomSchema?.Copy() ?? new JsonObject { ["x-kubernetes-preserve-unknown-fields"] = true };
        schema["type"] = "object";
        var properties = schema.Ensure("properties");
        properties["apiVersion"] = Plain("string", null, TypeDescriptions.ApiVersion);
        properties["kind"] = Plain("string", null, TypeDescriptions.Kind);
        properties["metadata"] = Reference(ApiSchema.Find("ObjectMeta")!);
        schema["x-kubernetes-group-version-kind"] = new JsonArray(GroupVersionKind(kind));
        var reversed = string.Join('.', kind.Group.Split('.').Reverse());
        _schemas[$"{reversed}.{kind.Version}.{kind.Kind}"] = schema;
    }

    private JsonObject Property(SchemaField field)
    {
        switch (field.Form)
        {
            case FieldForm.Map:
                return new JsonObject { ["type"] = "object", ["additionalProperties"] = Value(field) };
            case FieldForm.List:
                var list = new JsonObject { ["type"] = "array", ["items"] = Value(field) };
                Annotate(list, field);
                return list;
            default:
                var single = Value(field);
                if (field.RetainsKeys)
                    single["x-kubernetes-patch-strategy"] = "retainKeys";
                return single;
        }
    }

    private static void Annotate(JsonObject list, SchemaField field)
    {
        list["x-kubernetes-list-type"] = field.IsSet ? "set" : field.Keys.Count > 0 ? "map" : "atomic";
        if (field.Keys.Count > 0)
            list["x-kubernetes-list-map-keys"] = field.Keys.Select(key => (JsonNode?)key).ToJsonArray();
        if (field.PatchKey is null)
            return;
        list["x-kubernetes-patch-strategy"] = field.RetainsKeys ? "merge,retainKeys" : "merge";
        if (field.PatchKey.Length > 0)
            list["x-kubernetes-patch-merge-key"] = field.PatchKey;
    }

    private JsonObject Value(SchemaField field) => field.Type switch
    {
        "s" => Plain("string"),
        "i" => Plain("integer", "int32"),
        "b" => Plain("boolean"),
        "B" => Plain("string", "byte"),
        "q" => Named(Quantity, Plain("string")),
        "n" => Named(IntOrString, Plain("string", "int-or-string")),
        "t" => Named(Meta + "Time", Plain("string", "date-time")),
        "u" => Named(Meta + "MicroTime", Plain("string", "date-time")),
        "x" => new JsonObject { ["type"] = "object" },
        _ => Reference(field.Object!),
    };

    private JsonObject Reference(SchemaType type)
    {
        Add(type);
        return Reference(type.FullName);
    }

    private JsonObject Named(string name, JsonObject schema)
    {
        _schemas.TryAdd(name, schema);
        return Reference(name);
    }

    // OpenAPI 3.0 ignores what stands beside a reference: it is wrapped, so that a description may.
    private JsonObject Reference(string name) => isV3
        ? new JsonObject { ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = prefix + name }) }
        : new JsonObject { ["$ref"] = prefix + name };

    private static JsonObject Plain(string type, string? format = null, string? description = null)
    {
        var schema = new JsonObject { ["type"] = type };
        if (format is not null)
            schema["format"] = format;
        if (description is not null)
            schema["description"] = description;
        return schema;
    }

    private static JsonObject GroupVersionKind(ResourceKind kind) => new() { ["group"] = kind.Group, ["kind"] = kind.Kind, ["version"] = kind.Version };
}
