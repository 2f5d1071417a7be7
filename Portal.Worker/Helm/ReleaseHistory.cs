using System.Text.Json;
using System.Text.Json.Serialization;
using Portal.Core.Provisioning;

namespace Portal.Worker.Helm;

/// <summary>What <c>helm history --output json</c> prints.</summary>
internal static class ReleaseHistory
{
    public static IReadOnlyList<ReleaseSnapshot> Read(string json, string kubernetesNamespace, string name)
    {
        try
        {
            var rows = JsonSerializer.Deserialize<List<Row>>(json) ?? [];
            return [.. rows.OrderBy(row => row.Revision).Select(row => row.ToSnapshot(kubernetesNamespace, name))];
        }
        catch (JsonException error)
        {
            throw new StepFailedException("helm_unreadable", $"Helm's history of release {name} cannot be read: {error.Message}", canRetry: false, error);
        }
    }

    private sealed record Row(
        [property: JsonPropertyName("revision")] int Revision,
        [property: JsonPropertyName("updated")] DateTimeOffset Updated,
        [property: JsonPropertyName("status")] string Status,
        [property: JsonPropertyName("chart")] string Chart,
        [property: JsonPropertyName("app_version")] string? AppVersion,
        [property: JsonPropertyName("description")] string? Description)
    {
        public ReleaseSnapshot ToSnapshot(string kubernetesNamespace, string name)
        {
            var (description, digest) = ReleaseDigest.Parse(Description);
            return new ReleaseSnapshot(kubernetesNamespace, name, Revision, Status, Chart, AppVersion, Updated, description, digest);
        }
    }
}
