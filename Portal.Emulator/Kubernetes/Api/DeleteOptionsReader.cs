using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>Deletion options come in the body, or in the query.</summary>
internal static class DeleteOptionsReader
{
    public static async Task<DeleteOptions> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var body = await Bodies.ReadAsync(request, cancellationToken) as JsonObject ?? [];
        foreach (var name in (string[])["propagationPolicy", "gracePeriodSeconds", "dryRun"])
        {
            if (request.Query[name].ToString() is { Length: > 0 } value && body[name] is null)
                body[name] = name == "gracePeriodSeconds" && int.TryParse(value, out var seconds) ? seconds : value;
        }

        return Of(body);
    }

    public static DeleteOptions Of(JsonObject? body)
    {
        var propagation = body.Text("propagationPolicy") is { } text
            ? Enum.TryParse<Propagation>(text, out var known) ? known : throw ApiException.BadRequest($"invalid propagationPolicy: {text}")
            : body.Flag("orphanDependents") == true ? Propagation.Orphan : Propagation.Background;
        var dryRun = body.Text("dryRun") == "All" || body.Array("dryRun")?.Any(item => item?.GetValue<string>() == "All") == true;
        return new DeleteOptions(
            propagation, body.Number("gracePeriodSeconds"), body.Text("preconditions", "uid"), body.Text("preconditions", "resourceVersion"), dryRun);
    }
}
