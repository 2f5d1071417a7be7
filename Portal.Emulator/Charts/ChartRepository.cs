using System.Formats.Tar;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Portal.Emulator.Charts;

/// <summary>
/// A Helm chart repository with the charts that the emulator brings: a minimal AWS Load Balancer Controller and a minimal cluster autoscaler.
/// An archive is made of the embedded files when it is first asked for.
/// </summary>
internal sealed class ChartRepository
{
    public IReadOnlyList<EmulatedChart> Charts { get; } =
    [
        new("aws-load-balancer-controller", "3.5.0", "v3.5.0", "AWS Load Balancer Controller as Portal.Emulator plays it"),
        new("cluster-autoscaler", "9.59.0", "1.35.0", "Cluster autoscaler as Portal.Emulator plays it"),
    ];

    public string Index => $"""
        apiVersion: v1
        entries:
        {string.Join('\n', Charts.Select(Entry))}
        generated: "2026-01-01T00:00:00Z"

        """;

    private static string Entry(EmulatedChart chart) => $"""
          {chart.Name}:
            - apiVersion: v2
              name: {chart.Name}
              version: {chart.Version}
              appVersion: {chart.AppVersion}
              description: {chart.Description}
              type: application
              created: "2026-01-01T00:00:00Z"
              digest: {Convert.ToHexStringLower(SHA256.HashData(chart.Archive))}
              urls:
                - {chart.File}
        """;
}

internal sealed record EmulatedChart(string Name, string Version, string AppVersion, string Description)
{
    private byte[]? _archive;

    public string File => $"{Name}-{Version}.tgz";

    public byte[] Archive => _archive ??= Pack();

    private byte[] Pack()
    {
        using var bytes = new MemoryStream();
        using (var zip = new GZipStream(bytes, CompressionLevel.Optimal, leaveOpen: true))
        using (var tar = new TarWriter(zip, TarEntryFormat.Pax))
        {
            foreach (var (path, content) in Files())
            {
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, path)
                {
                    // A fixed time keeps the digest the same from start to start.
                    ModificationTime = DateTimeOffset.UnixEpoch,
                    DataStream = new MemoryStream(content),
                });
            }
        }

        return bytes.ToArray();
    }

    private IEnumerable<(string Path, byte[] Content)> Files()
    {
        const string Prefix = "chart/";
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith($"{Prefix}{Name}/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            yield return (resource[Prefix.Length..].Replace('\\', '/'), Encoding.UTF8.GetBytes(reader.ReadToEnd()));
        }
    }
}

internal static class ChartEndpoints
{
    public static void MapCharts(this IEndpointRouteBuilder app)
    {
        app.MapGet("/_emulator/charts/index.yaml", (ChartRepository charts) => Results.Text(charts.Index, "application/yaml"));
        app.MapGet("/_emulator/charts/{file}", (string file, ChartRepository charts) =>
            charts.Charts.FirstOrDefault(chart => chart.File == file) is { } chart ? Results.Bytes(chart.Archive, "application/gzip") : Results.NotFound());
    }
}
