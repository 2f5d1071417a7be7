using System.Text.Json.Nodes;
using Portal.Worker.Aws;

namespace Portal.Worker.Kubernetes;

/// <summary>Which object: as a manifest names it.</summary>
/// <param name="Namespace">Means nothing to kinds that have none.</param>
public sealed record ObjectReference(string ApiVersion, string Kind, string Namespace, string Name);

/// <summary>Single objects as they are, in full.</summary>
public interface ILiveObjects
{
    /// <summary>Whether objects of that kind can be read. Not of those whose content is secret or made anew each time a chart is rendered.</summary>
    bool Knows(ObjectReference reference);

    /// <summary>The object; null where there is none of that name.</summary>
    Task<JsonObject?> FindAsync(ClusterConnection cluster, ObjectReference reference, CancellationToken cancellationToken);
}
