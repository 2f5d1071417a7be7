namespace Portal.Emulator.Kubernetes.Schema;

internal enum FieldForm
{
    Single,
    List,
    Map,

    /// <summary>A message on the wire whose fields stand in its parent in JSON.</summary>
    Inline,
}

/// <param name="Number">On the wire (protobuf).</param>
/// <param name="Type">Of the value, or of each in the list or map: a letter (see api-schema.txt) or the name of a type.</param>
/// <param name="KeepsZero">Whether a zero on the wire is a value, not an absence.</param>
/// <param name="PatchKey">How a strategic merge patch joins the list: by this key, or (empty) as a set; null where it replaces.</param>
/// <param name="Keys">What names an item of the list in server-side apply; none where <paramref name="IsSet"/> or the list is atomic.</param>
internal sealed record SchemaField(
    int Number, string Name, string Type, FieldForm Form, bool KeepsZero, bool IsRequired, string? PatchKey, bool RetainsKeys,
    IReadOnlyList<string> Keys, bool IsSet, bool IsMarkedAtomic)
{
    /// <summary>The type of the value or of each item; null for plain values and where anything goes.</summary>
    public SchemaType? Object => ApiSchema.Find(Type);

    /// <summary>Whether server-side apply owns the value as a whole.</summary>
    public bool IsAtomic => IsMarkedAtomic || (Form == FieldForm.List && Keys.Count == 0 && !IsSet) || (Form == FieldForm.Single && Object?.IsAtomic == true);
}

/// <summary>A message of the API.</summary>
/// <param name="Package">For example <c>io.k8s.api.core.v1</c>.</param>
internal sealed class SchemaType(string package, string name, bool isAtomic, IReadOnlyList<SchemaField> wire)
{
    private IReadOnlyDictionary<string, SchemaField>? _fields;

    public string Name => name;

    public string FullName => $"{package}.{name}";

    public bool IsAtomic => isAtomic;

    /// <summary>As protobuf has them.</summary>
    public IReadOnlyList<SchemaField> Wire => wire;

    /// <summary>As JSON has them, by name.</summary>
    public IReadOnlyDictionary<string, SchemaField> Fields => _fields ??= Flatten().ToDictionary(item => item.Name, StringComparer.Ordinal);

    /// <summary>Whether it is an object of the API, with a kind of its own.</summary>
    public bool IsRoot => wire is [{ Name: "metadata", Type: "ObjectMeta" }, ..];

    public SchemaField? Field(string field) => Fields.GetValueOrDefault(field);

    private IEnumerable<SchemaField> Flatten() => wire.SelectMany(field => field.Form == FieldForm.Inline ? field.Object!.Fields.Values : [field]);
}
