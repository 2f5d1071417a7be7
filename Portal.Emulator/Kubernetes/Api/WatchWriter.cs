using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

internal sealed class WatchWriter(HttpResponse response, ResourceKind kind, Shape shape, EmulatorClock clock, string? includeObject = null)
{
    private static readonly byte[] _newLine = "\n"u8.ToArray();
    private bool _hasColumns;

    public Task SendAsync(string type, JsonObject document, CancellationToken cancellationToken) =>
        WriteAsync(type, Shaped(document), cancellationToken);

    public Task ErrorAsync(ApiException refusal, CancellationToken cancellationToken) => WriteAsync("ERROR", refusal.ToStatus(), cancellationToken);

    public Task BookmarkAsync(long version, bool isInitialEnd, CancellationToken cancellationToken)
    {
        var metadata = new JsonObject { ["resourceVersion"] = version.ToString() };
        if (isInitialEnd)
            metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        var bookmark = new JsonObject { ["kind"] = kind.Kind, ["apiVersion"] = kind.ApiVersion, ["metadata"] = metadata };
        return WriteAsync("BOOKMARK", shape == Shape.Table ? Tables.Of(kind, [], metadata.Copy(), clock.Now) : bookmark, cancellationToken);
    }

    private JsonNode Shaped(JsonObject document)
    {
        switch (shape)
        {
            case Shape.Table:
                var table = Tables.Of(kind, [document], new JsonObject { ["resourceVersion"] = document.Text("metadata", "resourceVersion") }, clock.Now, includeObject);
                // Only the first event of a watch carries the columns.
                if (_hasColumns)
                    table["columnDefinitions"] = null;
                _hasColumns = true;
                return table;
            case Shape.PartialMetadata or Shape.PartialMetadataList:
                return Shapes.PartialMetadata(document);
            default:
                return Shapes.InVersion(kind, document).DeepClone();
        }
    }

    private async Task WriteAsync(string type, JsonNode document, CancellationToken cancellationToken)
    {
        await Answers.WriteBodyAsync(response, new JsonObject { ["type"] = type, ["object"] = document }, cancellationToken);
        await response.Body.WriteAsync(_newLine, cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }
}
