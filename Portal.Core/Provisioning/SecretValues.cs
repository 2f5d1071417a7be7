using System.Text.Json.Nodes;
using Portal.Core.Specifications;

namespace Portal.Core.Provisioning;

/// <summary>A secret's place and the part of it that is meant.</summary>
/// <param name="Type">The provider's word: <c>secretsmanager</c> or <c>ssmparameter</c>.</param>
/// <param name="Name">A name or ARN, or the output of a stack that is one.</param>
/// <param name="Key">Of the JSON object; empty for the whole.</param>
public sealed record SecretPart(string Type, JsonNode Name, string Key);

/// <summary>
/// A service's references to secrets as values of the chart microservice: what the CSI driver fetches, and which variables and files it becomes.
/// Names only.
/// </summary>
public static class SecretValues
{
    // The chart's words.
    public const string Secrets = "secrets";
    public const string Objects = "objects";

    /// <summary>What a reference to a whole variable or file stands for: text, an output, or a secret.</summary>
    internal sealed record Piece(JsonNode? Plain, SecretPart? Secret);

    /// <param name="pull">What its image is pulled with; null for what anybody may pull, or the nodes.</param>
    /// <returns>Null where the service has no secrets.</returns>
    internal static JsonObject? Of(string region, IEnumerable<(string Name, IReadOnlyList<Piece> Pieces)> variables, IEnumerable<(string Path, SecretPart Secret)> files, SecretPart? pull = null)
    {
        var objects = new JsonArray();
        string KeyOf(SecretPart part)
        {
            if (objects.Select(one => one!.AsObject()).FirstOrDefault(one => one["type"]!.GetValue<string>() == part.Type && JsonNode.DeepEquals(one["name"], part.Name)) is not { } found)
            {
                found = new JsonObject { ["alias"] = $"secret-{Digest($"{part.Type} {part.Name.ToJsonString()}")}", ["type"] = part.Type, ["name"] = part.Name.DeepClone(), ["keys"] = new JsonArray() };
                objects.Add((JsonNode)found);
            }

            var alias = found["alias"]!.GetValue<string>();
            if (part.Key.Length == 0)
                return alias;
            var keys = found["keys"]!.AsArray();
            if (keys.Select(one => one!.AsObject()).FirstOrDefault(one => one["key"]!.GetValue<string>() == part.Key) is { } known)
                return known["alias"]!.GetValue<string>();
            var name = $"{alias}-{Digest(part.Key)}";
            keys.Add((JsonNode)new JsonObject { ["alias"] = name, ["key"] = part.Key });
            return name;
        }

        JsonArray env = new([.. variables.Select(variable => (JsonNode)(variable.Pieces is [{ Secret: { } whole }]
            ? new JsonObject { ["name"] = variable.Name, ["key"] = KeyOf(whole) }
            : new JsonObject
            {
                ["name"] = variable.Name,
                ["parts"] = new JsonArray([.. variable.Pieces.Select(piece => (JsonNode)(piece.Secret is { } secret ? new JsonObject { ["key"] = KeyOf(secret) } : new JsonObject { ["text"] = piece.Plain!.DeepClone() }))]),
            }))]);
        JsonArray mounted = new([.. files.Select(file => (JsonNode)new JsonObject { ["path"] = file.Path, ["key"] = KeyOf(file.Secret) })]);
        var registry = pull is null ? null : KeyOf(pull);
        if (objects.Count == 0)
            return null;
        var values = new JsonObject { ["region"] = region, [Objects] = objects };
        if (env.Count > 0)
            values["env"] = env;
        if (mounted.Count > 0)
            values["files"] = mounted;
        if (registry is not null)
            values["pull"] = registry;
        return values;
    }

    /// <summary>What people call those of the step's secrets that the driver knows by these aliases.</summary>
    public static IReadOnlyList<string> Called(PlannedStep step, IEnumerable<string> aliases)
    {
        var wanted = aliases.ToHashSet(StringComparer.Ordinal);
        return step.Values?[Secrets]?[Objects] is not JsonArray objects ? []
            : [.. objects.Select(one => one!.AsObject())
                .Where(one => wanted.Contains(one["alias"]!.GetValue<string>()) || one["keys"]!.AsArray().Any(key => wanted.Contains(key!["alias"]!.GetValue<string>())))
                .Select(one => one["name"] is JsonValue name ? $"the {(one["type"]!.GetValue<string>() == SecretsManager ? "secret" : "parameter")} {name.GetValue<string>()}" : "the secret of its store")
                .Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Those of the step's secrets that bear a name or an ARN, and are not a store's own: one for each key that is read.</summary>
    public static IEnumerable<(string Type, string Name, string Key)> Named(PlannedStep step) =>
        from one in (step.Values?[Secrets]?[Objects] as JsonArray ?? []).Select(one => one!.AsObject())
        where one["name"] is JsonValue
        from key in one["keys"]!.AsArray().Select(key => key!["key"]!.GetValue<string>()).DefaultIfEmpty("")
        select (one["type"]!.GetValue<string>(), one["name"]!.GetValue<string>(), key);

    internal const string SecretsManager = "secretsmanager";

    /// <summary>The provider's word for a parameter of Systems Manager.</summary>
    public const string ParameterStore = "ssmparameter";

    internal static SecretPart Part(SecretReference reference) =>
        new(reference.Source == SecretSource.SecretsManager ? SecretsManager : ParameterStore, JsonValue.Create(reference.Name), reference.Key);

    // Pods of before and after a change share the class and the Secret. By its place in the list one secret would take the name of another, and an
    // old pod that starts again would read it; by what it is, it finds its own or none.
    private static string Digest(string text) => RouteTree.Digest(text)[..10];
}
