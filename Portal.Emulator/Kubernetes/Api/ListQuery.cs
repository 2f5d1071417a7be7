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
    private readonly bool _isSelective;

    private ListQuery(ResourceKind kind, IQueryCollection query, string? name)
    {
        _labels = LabelSelector.Parse((string?)query["labelSelector"]);
        _fields = FieldSelector.Parse(kind, query["fieldSelector"]);
        _name = name;
        Limit = Number(query, "limit");
        ResourceVersion = query["resourceVersion"].ToString();
        Match = query["resourceVersionMatch"].ToString();
        _isSelective = query["labelSelector"].ToString().Length + query["fieldSelector"].ToString().Length > 0;
        Continue = query["continue"].ToString();
        TimeoutSeconds = Number(query, "timeoutSeconds");
        IsWatch = query["watch"].ToString() is "true" or "1";
        AllowsBookmarks = query["allowWatchBookmarks"].ToString() is "true" or "1";
        SendsInitialEvents = query["sendInitialEvents"].ToString() is "true" or "1";
        Check(query["sendInitialEvents"].ToString().Length > 0);
    }

    public int Limit { get; }

    public string ResourceVersion { get; }

    /// <summary>resourceVersionMatch: empty, <c>Exact</c> or <c>NotOlderThan</c>.</summary>
    public string Match { get; }

    public string Continue { get; }

    public int TimeoutSeconds { get; }

    public bool IsWatch { get; }

    public bool AllowsBookmarks { get; }

    public bool SendsInitialEvents { get; }

    /// <param name="name">Set where one object is watched by its path.</param>
    public static ListQuery Read(ResourceKind kind, IQueryCollection query, string? name = null) => new(kind, query, name);

    public bool Matches(JsonObject document) =>
        (_name is null || document.Name() == _name) && _labels.Matches(document.Labels()) && _fields.Matches(document);

    /// <summary>The page asked for of the state asked for, and the list's metadata.</summary>
    /// <exception cref="ApiException">410: that state is forgotten; 504: it is yet to come.</exception>
    public (IReadOnlyList<JsonObject> Page, JsonObject Metadata) Page(ResourceKind kind, string? inNamespace, ClusterStore store)
    {
        var (exactly, after) = Continue.Length > 0 ? Decode(Continue) : (Exactly(store), "");
        var state = store.ListAt(kind, inNamespace, exactly);
        if (state is null)
            throw Continue.Length > 0 ? TooOldToContinue(after) : ApiException.Expired("The resourceVersion for the provided list is too old.");

        var (items, version) = state.Value;
        var metadata = new JsonObject { ["resourceVersion"] = version.ToString() };
        var matching = items.Where(Matches).Where(item => string.CompareOrdinal(Position(item), after) > 0).ToList();
        if (Limit <= 0 || matching.Count <= Limit)
            return (matching, metadata);

        metadata["continue"] = Encode(version, Position(matching[Limit - 1]));
        // As the API server does: of a selection it does not know how many are left.
        if (!_isSelective)
            metadata["remainingItemCount"] = matching.Count - Limit;
        return (matching[..Limit], metadata);
    }

    /// <summary>The state to list: null for the newest ("Semantics for get and list" of Kubernetes' API concepts).</summary>
    private long? Exactly(ClusterStore store)
    {
        if (ResourceVersion is "" or "0")
            return null;
        if (!long.TryParse(ResourceVersion, out var version) || version < 0)
            throw ApiException.BadRequest($"resourceVersion: Invalid value: \"{ResourceVersion}\": strconv.ParseUint: parsing \"{ResourceVersion}\": invalid syntax");

        CheckNotInFuture(version, store);
        return Match == "Exact" || (Match.Length == 0 && Limit > 0) ? version : null;
    }

    public static void CheckNotInFuture(long version, ClusterStore store)
    {
        if (version <= store.Version)
            return;

        var message = $"Too large resource version: {version}, current: {store.Version}";
        throw new ApiException(504, "Timeout", "Timeout: " + message, new JsonObject
        {
            ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ResourceVersionTooLarge", ["message"] = "Too large resource version" }),
            ["retryAfterSeconds"] = 1,
        });
    }

    /// <summary>The rules of apimachinery's ValidateListOptions.</summary>
    private void Check(bool hasSendInitialEvents)
    {
        const string Field = "resourceVersionMatch";
        if (Continue.Length > 0 && ResourceVersion is not ("" or "0"))
            throw ApiException.BadRequest("specifying resource version is not allowed when using continue");
        if (Match is not ("" or "Exact" or "NotOlderThan"))
            throw Invalid(Field, $"Unsupported value: \"{Match}\": supported values: \"Exact\", \"NotOlderThan\", \"\"", "FieldValueNotSupported");
        if (!IsWatch && hasSendInitialEvents)
            throw Forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list");
        if (IsWatch && hasSendInitialEvents && Match != "NotOlderThan")
            throw Forbidden(Field, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        if (Match.Length == 0)
            return;
        if (IsWatch && !hasSendInitialEvents)
            throw Forbidden(Field, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
        if (!IsWatch && ResourceVersion.Length == 0)
            throw Forbidden(Field, "resourceVersionMatch is forbidden unless resourceVersion is provided");
        if (Continue.Length > 0)
            throw Forbidden(Field, "resourceVersionMatch is forbidden when continue is provided");
        if (Match == "Exact" && ResourceVersion == "0")
            throw Forbidden(Field, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
    }

    private static ApiException Forbidden(string field, string message) => Invalid(field, "Forbidden: " + message, "FieldValueForbidden");

    private static ApiException Invalid(string field, string message, string reason) =>
        ApiException.Invalid(new ResourceKind("meta.k8s.io", "v1", "ListOptions", "ListOptions", false), "", (field, reason, message));

    /// <summary>With a token in it to go on from there in whatever state there is now.</summary>
    private static ApiException TooOldToContinue(string after) => ApiException.Expired(
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
        new JsonObject { ["continue"] = Encode(null, after) });

    private static string Position(JsonObject item) => $"{item.Namespace()}\0{item.Name()}";

    private static string Encode(long? version, string position) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{version ?? -1}\0{position}"));

    private static (long? Version, string Position) Decode(string token)
    {
        var buffer = new byte[token.Length];
        if (Convert.TryFromBase64String(token, buffer, out var length))
        {
            var parts = Encoding.UTF8.GetString(buffer, 0, length).Split('\0', 2);
            if (parts.Length == 2 && long.TryParse(parts[0], out var version))
                return (version < 0 ? null : version, parts[1]);
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
