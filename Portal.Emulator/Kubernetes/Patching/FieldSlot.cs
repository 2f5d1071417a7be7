using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Schema;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Patching;

internal enum SlotForm
{
    /// <summary>Owned as a whole.</summary>
    Leaf,

    /// <summary>Fields known by the schema.</summary>
    Struct,

    /// <summary>Entries by any name.</summary>
    Map,

    /// <summary>Items by the values of some of their fields.</summary>
    KeyedList,

    /// <summary>Items by their value.</summary>
    SetList,
}

/// <summary>A place in a document and what the schema says of the ownership there ("Merge strategy" in Kubernetes' Server-Side Apply).</summary>
internal readonly record struct FieldSlot(SchemaType? Type, SchemaField? Field, bool IsItem, bool IsFree)
{
    // The one key that has a default: ports of containers and Services.
    private const string DefaultProtocol = "TCP";

    public static FieldSlot Root(ResourceKind kind) => new(ApiSchema.Of(kind), null, false, kind.IsCustom);

    public SlotForm FormOf(JsonNode? value) => (Shape, value) switch
    {
        (SlotForm.Struct or SlotForm.Map, JsonObject { Count: > 0 }) => Shape,
        (SlotForm.KeyedList or SlotForm.SetList, JsonArray { Count: > 0 }) => Shape,
        _ => SlotForm.Leaf,
    };

    public FieldSlot Child(string name)
    {
        if (IsFree)
            return name == "metadata" && Field is null ? new FieldSlot(ApiSchema.Find("ObjectMeta"), null, false, false) : this with { Field = _free };
        if (Shape == SlotForm.Map)
            return new FieldSlot(Field!.Object, Field, true, Field.Type == "x");
        return Type?.Field(name) is { } field ? new FieldSlot(field.Object, field, false, field is { Type: "x", Form: FieldForm.Single }) : new FieldSlot(null, _free, false, true);
    }

    public FieldSlot Item() => new(Field!.Object, Field, true, false);

    /// <summary>The children of a value of this slot by their names in FieldsV1: f: a field, k: an item by its keys, v: an item by its value.</summary>
    public IEnumerable<(string Name, FieldSlot Slot, JsonNode? Value)> ChildrenOf(JsonNode? value)
    {
        switch (FormOf(value))
        {
            case SlotForm.Struct or SlotForm.Map:
                foreach (var (name, child) in (JsonObject)value!)
                    yield return ("f:" + name, Child(name), child);
                break;
            case SlotForm.KeyedList or SlotForm.SetList:
                foreach (var item in (JsonArray)value!)
                    yield return (NameOf(item), Item(), item);
                break;
        }
    }

    /// <summary>What an item of this list is called.</summary>
    public string NameOf(JsonNode? item)
    {
        if (Field!.IsSet)
            return "v:" + (item?.ToJsonString() ?? "null");

        var keys = new JsonObject();
        foreach (var key in Field.Keys.Order(StringComparer.Ordinal))
        {
            if ((item.At(key)?.DeepClone() ?? (key == "protocol" ? DefaultProtocol : null)) is { } part)
                keys[key] = part;
        }

        return "k:" + keys.ToJsonString();
    }

    private static readonly SchemaField _free = new(0, "", "x", FieldForm.Single, false, false, null, false, [], false, false);

    private SlotForm Shape => this switch
    {
        { IsFree: true } => SlotForm.Map,
        { Field: null } or { IsItem: true } => Type is null || (Type.IsAtomic && Field is not null) ? SlotForm.Leaf : SlotForm.Struct,
        { Field.IsAtomic: true } => SlotForm.Leaf,
        { Field.Form: FieldForm.List } => Field.IsSet ? SlotForm.SetList : SlotForm.KeyedList,
        { Field.Form: FieldForm.Map } => SlotForm.Map,
        _ => Type is null ? SlotForm.Leaf : SlotForm.Struct,
    };
}
