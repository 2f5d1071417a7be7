using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Storage;

/// <summary>One kind of object as discovery describes it.</summary>
internal sealed record ResourceKind(string Group, string Version, string Kind, string Plural, bool Namespaced)
{
    public string Singular { get; init; } = Kind.ToLowerInvariant();

    public string ListKind { get; init; } = Kind + "List";

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    public bool HasStatus { get; init; }

    public bool HasScale { get; init; }

    /// <summary>Whether a change of anything but metadata and status counts up metadata.generation.</summary>
    public bool HasGeneration { get; init; }

    public bool IsCustom { get; init; }

    /// <summary>What can be done with it, in the order of discovery.</summary>
    public IReadOnlyList<string> Verbs { get; init; } = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    /// <summary>Whether it is a question that is answered and not kept.</summary>
    public bool IsReview => Verbs is ["create"];

    /// <summary>A custom kind's openAPIV3Schema, if it has one.</summary>
    public JsonObject? CustomSchema { get; init; }

    /// <summary>Columns a custom resource definition adds to the table output.</summary>
    public IReadOnlyList<(string Name, string JsonPath)> PrinterColumns { get; init; } = [];

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>As messages name it: <c>deployments.apps</c>.</summary>
    public string QualifiedPlural => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>Versions of one kind share their objects.</summary>
    public (string Group, string Plural) StorageKey => (Group, Plural);
}
