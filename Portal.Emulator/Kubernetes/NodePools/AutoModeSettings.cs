using System.Text.Json;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Kubernetes.NodePools;

/// <summary>Whether a cluster is in EKS Auto Mode, and how; kept on disk.</summary>
internal sealed class AutoModeSettings(IDocumentStore documents, string clusterId)
{
    private const string Key = "autoMode";

    private readonly string _collection = $"kubernetes-automode-{clusterId}";
    private AutoMode? _mode = Read(documents, $"kubernetes-automode-{clusterId}");

    /// <summary>Null where Auto Mode is off.</summary>
    public AutoMode? Mode => Volatile.Read(ref _mode);

    public void Set(AutoMode? mode)
    {
        if (mode is null)
            documents.Delete(_collection, Key);
        else
            documents.Put(_collection, Key, JsonSerializer.Serialize(mode));
        Volatile.Write(ref _mode, mode);
    }

    private static AutoMode? Read(IDocumentStore documents, string collection) =>
        documents.All(collection).FirstOrDefault(entry => entry.Key == Key).Value is { } json ? JsonSerializer.Deserialize<AutoMode>(json) : null;
}
