using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Portal.Core.Provisioning.Changes;

/// <summary>
/// Templates as they were parsed, by digest: who types in a change has the same two dozen compared at every pause, before and after, and
/// parsing is nearly all that it costs. They are only read.
/// </summary>
internal sealed class TemplateTrees
{
    /// <summary>More than there are templates; what is rendered is another one for each plan, and does not stay for ever.</summary>
    public const int Most = 128;

    private readonly ConcurrentDictionary<string, JsonObject> _trees = new(StringComparer.Ordinal);

    public JsonObject Of(string digest, Func<JsonObject> parse)
    {
        if (_trees.TryGetValue(digest, out var known))
            return known;
        if (_trees.Count >= Most)
            _trees.Clear();
        return _trees[digest] = parse();
    }
}
