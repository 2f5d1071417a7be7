using System.Formats.Tar;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Portal.Emulator.Charts;

/// <summary>
/// A Helm chart repository with the one chart that the emulator brings: a minimal AWS Load Balancer Controller.
/// The archive is made of the embedded files when it is first asked for.
/// </summary>
internal sealed class ChartRepository
{
    public const string Name = "aws-load-balancer-controller";
    public const string Version = "3.5.0";

    private readonly Lazy<byte[]> _archive = new(Pack);

    public byte[] Archive => _archive.Value;

    public string Index => $"""
        apiVersion: v1
        entries:
          {Name}:
            - apiVersion: v2
              name: {Name}
              version: {Version}
              appVersion: v{Version}
              description: AWS Load Balancer Controller as Portal.Emulator plays it
              type: application
              created: "2026-01-01T00:00:00Z"
              digest: {Convert.ToHexStringLower(SHA256.HashData(Archive))}
              urls:
                - {Name}-{Version}.tgz
        generated: "2026-01-01T00:00:00Z"

        """;

    private static byte[] Pack()
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

    private static IEnumerable<(string Path, byte[] Content)> Files()
    {
        const string Prefix = "chart/";
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
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
        app.MapGet(
            $"/_emulator/charts/{ChartRepository.Name}-{ChartRepository.Version}.tgz",
            (ChartRepository charts) => Results.Bytes(charts.Archive, "application/gzip"));
    }
}
