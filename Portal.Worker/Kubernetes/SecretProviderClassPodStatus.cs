using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Portal.Worker.Kubernetes;

/// <summary>What the Secrets Store CSI driver mounted into a pod, by version (secrets-store.csi.x-k8s.io/v1). There only where the driver is.</summary>
internal sealed class SecretProviderClassPodStatus : IKubernetesObject<V1ObjectMeta>
{
    public const string Group = "secrets-store.csi.x-k8s.io";
    public const string Version = "v1";
    public const string Plural = "secretproviderclasspodstatuses";

    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "";

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("status")]
    public MountStatus? Status { get; set; }

    internal sealed class MountStatus
    {
        [JsonPropertyName("podName")]
        public string? PodName { get; set; }

        [JsonPropertyName("secretProviderClassName")]
        public string? ClassName { get; set; }

        [JsonPropertyName("objects")]
        public List<MountedObject>? Objects { get; set; }
    }

    internal sealed class MountedObject
    {
        [JsonPropertyName("id")]
        public string? Id { get; set; }

        [JsonPropertyName("version")]
        public string? Version { get; set; }
    }
}

internal sealed class SecretProviderClassPodStatusList : IKubernetesObject<V1ListMeta>, IItems<SecretProviderClassPodStatus>
{
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "";

    [JsonPropertyName("metadata")]
    public V1ListMeta Metadata { get; set; } = new();

    [JsonPropertyName("items")]
    public IList<SecretProviderClassPodStatus> Items { get; set; } = [];
}
