using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

internal enum Shape
{
    Plain,
    Table,
    PartialMetadata,
    PartialMetadataList,
}

/// <summary>Content negotiation: JSON only, as itself, as a table or as metadata alone.</summary>
internal static class Accept
{
    public static Shape Negotiate(HttpRequest request)
    {
        var header = request.Headers.Accept.ToString();
        if (header.Length == 0)
            return Shape.Plain;

        foreach (var item in header.Split(',', StringSplitOptions.TrimEntries))
        {
            var parts = item.Split(';', StringSplitOptions.TrimEntries);
            if (parts[0] is not ("application/json" or "application/*" or "*/*"))
                continue;

            var form = Array.Find(parts, part => part.StartsWith("as=", StringComparison.Ordinal))?[3..];
            var isV1 = Array.Exists(parts, part => part == "v=v1");
            if (form is null)
                return Shape.Plain;
            if (isV1 && Enum.TryParse<Shape>(form.Replace("ObjectMetadata", "Metadata", StringComparison.Ordinal), out var shape))
                return shape;
        }

        throw ApiException.NotAcceptable("application/json");
    }
}
