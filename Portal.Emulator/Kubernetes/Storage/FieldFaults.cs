using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Storage;

/// <summary>Faults of an object's fields, said as apimachinery's field.Error says them.</summary>
internal sealed class FieldFaults
{
    private readonly List<(string Field, string Reason, string Message)> _faults = [];

    public void Add(string field, string reason, string message) => _faults.Add((field, reason, message));

    public void Required(string field, string? why = null) => Add(field, "FieldValueRequired", why is null ? "Required value" : "Required value: " + why);

    public void Invalid(string field, JsonNode? value, string why) => Add(field, "FieldValueInvalid", $"Invalid value: {Shown(value)}: {why}");

    public void Duplicate(string field, JsonNode? value) => Add(field, "FieldValueDuplicate", $"Duplicate value: {Shown(value)}");

    public void Forbidden(string field, string why) => Add(field, "FieldValueForbidden", "Forbidden: " + why);

    public void NotFound(string field, string value) => Add(field, "FieldValueNotFound", $"Not found: \"{value}\"");

    public void OneOf(string field, string? value, params string[] supported)
    {
        if (value is null || !supported.Contains(value, StringComparer.Ordinal))
            Add(field, "FieldValueNotSupported", $"Unsupported value: \"{value}\": supported values: {string.Join(", ", supported.Order(StringComparer.Ordinal).Select(item => $"\"{item}\""))}");
    }

    /// <summary>Notes <paramref name="fault"/> if there is one.</summary>
    public void Check(string field, string value, string? fault)
    {
        if (fault is not null)
            Invalid(field, value, fault);
    }

    public void Port(string field, int? number)
    {
        if (number is < 1 or > 65535)
            Invalid(field, number, "must be between 1 and 65535, inclusive");
    }

    public void Throw(ResourceKind kind, string name)
    {
        if (_faults.Count > 0)
            throw ApiException.Invalid(kind, name, [.. _faults]);
    }

    private static string Shown(JsonNode? value) =>
        value is JsonValue text && text.TryGetValue<string>(out var plain) ? $"\"{plain}\"" : value?.ToJsonString(ApiException.Readable) ?? "null";
}
