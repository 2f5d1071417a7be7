using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Storage;

/// <summary>Field selectors (<c>metadata.name=x,status.phase!=Running</c>).</summary>
internal sealed class FieldSelector
{
    private readonly IReadOnlyList<(string[] Path, string Value, bool Equal)> _terms;

    private FieldSelector(IReadOnlyList<(string[] Path, string Value, bool Equal)> terms) => _terms = terms;

    public static FieldSelector Parse(ResourceKind kind, string? text)
    {
        var terms = new List<(string[], string, bool)>();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
                throw ApiException.BadRequest($"invalid selector: '{part}'; can't understand '{part}'");

            var equal = part[at - 1] != '!';
            var field = part[..(equal ? at : at - 1)];
            if (!IsSupported(kind, field))
                throw ApiException.BadRequest($"Unable to find \"{kind.Group}/{kind.Version}, Resource={kind.Plural}\" that match label selector \"\", field selector \"{text}\": field label not supported: {field}");

            terms.Add((field.Split('.'), part[(at + 1)..].TrimStart('='), equal));
        }

        return new FieldSelector(terms);
    }

    public bool Matches(JsonObject document) =>
        _terms.All(term => (document.At(term.Path)?.ToString() ?? "") == term.Value == term.Equal);

    private static bool IsSupported(ResourceKind kind, string field)
    {
        if (field is "metadata.name" or "metadata.namespace")
            return true;
        if (kind == Kinds.Pod)
            return field is "spec.nodeName" or "spec.restartPolicy" or "spec.schedulerName" or "spec.serviceAccountName" or "status.phase" or "status.podIP" or "status.nominatedNodeName";
        if (kind == Kinds.Event)
            return field.StartsWith("involvedObject.", StringComparison.Ordinal) || field is "reason" or "reportingComponent" or "source" or "type";
        if (kind == Kinds.Secret)
            return field == "type";
        if (kind == Kinds.Namespace)
            return field == "status.phase";
        return (kind == Kinds.Node && field == "spec.unschedulable") || (kind == Kinds.ReplicaSet && field == "status.replicas");
    }
}
