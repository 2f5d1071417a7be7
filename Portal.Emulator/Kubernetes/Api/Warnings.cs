namespace Portal.Emulator.Kubernetes.Api;

/// <summary>What the API server says beside its answer (RFC 7234, code 299); kubectl prints it.</summary>
internal static class Warnings
{
    public static void Add(HttpContext context, string text)
    {
        var quoted = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        context.Response.Headers.Append("Warning", $"299 - \"{quoted}\"");
    }
}
