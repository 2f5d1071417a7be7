using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Storage;

internal enum Propagation
{
    Background,
    Foreground,
    Orphan,
}

internal sealed record DeleteOptions(
    Propagation Propagation = Propagation.Background, int? GraceSeconds = null, string? Uid = null, string? ResourceVersion = null, bool DryRun = false)
{
    public static readonly DeleteOptions Default = new();

    /// <summary>At once: what only the kubelet (or a person with --force) does to a pod.</summary>
    public static readonly DeleteOptions Now = new(GraceSeconds: 0);

    public void CheckPreconditions(ResourceKind kind, JsonObject current)
    {
        if (Uid is not null && Uid != current.Uid())
            throw ApiException.Conflict(kind, current.Name(), $"Precondition failed: UID in precondition: {Uid}, UID in object meta: {current.Uid()}");
        if (ResourceVersion is not null && ResourceVersion != current.Text("metadata", "resourceVersion"))
        {
            throw ApiException.Conflict(
                kind, current.Name(),
                $"Precondition failed: ResourceVersion in precondition: {ResourceVersion}, ResourceVersion in object meta: {current.Text("metadata", "resourceVersion")}");
        }
    }
}
