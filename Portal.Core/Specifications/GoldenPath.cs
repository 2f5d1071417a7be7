using System.Text.Json;
using System.Text.Json.Nodes;

namespace Portal.Core.Specifications;

/// <summary>A specification to begin with, parts of which stay as they are.</summary>
/// <param name="Specification">Its name and target are nobody's.</param>
/// <param name="Fixed">Paths of fields, for example <c>cluster.size</c>; of a whole part, for example <c>network</c>, all its fields.</param>
public sealed record GoldenPath(string Id, string Title, string Description, Specification Specification, IReadOnlyList<string> Fixed)
{
    public bool Fixes(string field) => Fixed.Any(one => field == one || field.StartsWith(one + ".", StringComparison.Ordinal) || field.StartsWith(one + "[", StringComparison.Ordinal));

    /// <summary>What of a specification is not as the path has it, field by field.</summary>
    public IReadOnlyList<FieldError> Faults(Specification wanted)
    {
        var faults = new List<FieldError>();
        var (mine, theirs) = (ToJson(Specification), ToJson(Unpinned(wanted)));
        foreach (var path in Fixed)
            Compare(path, At(mine, path), At(theirs, path), faults);
        return faults;
    }

    /// <summary>What a tag stood for when somebody asked is no part of what the path has, where it has none itself.</summary>
    private Specification Unpinned(Specification wanted)
    {
        var images = Specification.Services.ToLookup(service => service.Name, service => service.Image, StringComparer.Ordinal);
        return wanted with { Services = [.. wanted.Services.Select(service => images[service.Name].FirstOrDefault() is { } image && image == ImageReference.WithoutDigest(service.Image) ? service with { Image = image } : service)] };
    }

    /// <returns>Null where a specification has no such field.</returns>
    internal static JsonNode? FieldOf(Specification specification, string path) => At(ToJson(specification), path);

    private void Compare(string path, JsonNode? mine, JsonNode? theirs, List<FieldError> faults)
    {
        if (mine is JsonObject map && theirs is JsonObject other)
        {
            foreach (var (name, value) in map)
                Compare($"{path}.{name}", value, other[name], faults);
        }
        else if (!JsonNode.DeepEquals(mine, theirs))
        {
            faults.Add(new FieldError(path, theirs is JsonValue ? theirs.ToString() : null, $"The golden path '{Title}' has {InWords(mine)} here, and that is fixed."));
        }
    }

    private static string InWords(JsonNode? value) => value switch
    {
        null => "nothing",
        JsonArray { Count: 0 } => "none",
        JsonArray list when list.All(item => item is JsonValue) => string.Join(", ", list),
        JsonArray list => string.Join(", ", list.Select(item => item?["name"]?.ToString() ?? "something else")),
        JsonObject => "something else",
        _ when value.ToString() is { Length: > 0 } text => $"'{text}'",
        _ => "nothing",
    };

    private static JsonObject ToJson(Specification specification) => JsonSerializer.SerializeToNode(specification, Specification.Json)!.AsObject();

    private static JsonNode? At(JsonNode? node, string path) => path.Split('.').Aggregate(node, (part, name) => (part as JsonObject)?[name]);
}

/// <summary>Those that there are.</summary>
public sealed record GoldenPaths(IReadOnlyList<GoldenPath> All)
{
    /// <returns>Null for one that there is not (any more), and for an empty id.</returns>
    public GoldenPath? Find(string id) => All.FirstOrDefault(path => path.Id == id);
}
