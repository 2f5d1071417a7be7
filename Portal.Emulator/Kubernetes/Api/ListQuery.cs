using System.Text;
using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>What the query string of a list or watch asks for.</summary>
internal sealed class ListQuery
{
    private readonly LabelSelector _labels;
    private readonly FieldSelector _fields;
    private readonly string? _name;

    private ListQuery(ResourceKind kind, IQueryCollection query, string? name)
    {
        _labels = LabelSelector.Parse((string?)query["labelSelector"]);
        _fields = FieldSelector.Parse(kind, query["fieldSelector"]);
        _name = name;
        Limit = Number(query, "limit");
        ResourceVersion = query["resourceVersion"].ToString();
        Continue = query["continue"].ToString();
        TimeoutSeconds = Number(query, "timeoutSeconds");
        IsWatch = query["watch"].ToString() is "true" or "1";
        AllowsBookmarks = query["allowWatchBookmarks"].ToString() is "true" or "1";
        SendsInitialEvents = query["sendInitialEvents"].ToString() is "true" or "1";
    }

    public int Limit { get; }

    public string ResourceVersion { get; }

    public string Continue { get; }

    public int TimeoutSeconds { get; }

    public bool IsWatch { get; }

    public bool AllowsBookmarks { get; }

    public bool SendsInitialEvents { get; }

    /// <param name="name">Set where one object is watched by its path.</param>
    public static ListQuery Read(ResourceKind kind, IQueryCollection query, string? name = null) => new(kind, query, name);

    public bool Matches(JsonObject document) =>
        (_name is null || document.Name() == _name) && _labels.Matches(document.Labels()) && _fields.Matches(document);

    /// <summary>The page of <paramref name="items"/> asked for, and the list's metadata.</summary>
    public (IReadOnlyList<JsonObject> Page, JsonObject Metadata) Page(IReadOnlyList<JsonObject> items, ClusterStore store, long version)
    {
        var metadata = new JsonObject { ["resourceVersion"] = version.ToString() };
        var matching = items.Where(Matches).ToList();
        if (Continue.Length > 0)
        {
            var (from, after) = Decode(Continue);
            if (store.IsForgotten(from))
                throw ApiException.Expired("The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.");

            metadata["resourceVersion"] = from.ToString();
            version = from;
            matching = [.. matching.Where(item => string.CompareOrdinal(Position(item), after) > 0)];
        }

        if (Limit <= 0 || matching.Count <= Limit)
            return (matching, metadata);

        metadata["continue"] = Encode(version, Position(matching[Limit - 1]));
        metadata["remainingItemCount"] = matching.Count - Limit;
        return (matching[..Limit], metadata);
    }

    private static string Position(JsonObject item) => $"{item.Namespace()}\0{item.Name()}";

    private static string Encode(long version, string position) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{version}\0{position}"));

    private static (long Version, string Position) Decode(string token)
    {
        var buffer = new byte[token.Length];
        if (Convert.TryFromBase64String(token, buffer, out var length))
        {
            var parts = Encoding.UTF8.GetString(buffer, 0, length).Split('\0', 2);
            if (parts.Length == 2 && long.TryParse(parts[0], out var version))
                return (version, parts[1]);
        }

        throw ApiException.BadRequest("continue key is not valid");
    }

    private static int Number(IQueryCollection query, string name)
    {
        var text = query[name].ToString();
        if (text.Length == 0)
            return 0;
        return int.TryParse(text, out var number) && number >= 0 ? number : throw ApiException.BadRequest($"invalid value for {name}: {text}");
    }
}
