using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Portal.Worker.Helm;

/// <summary>
/// Fingerprint of everything that decides what a release contains. It is kept in the revision's description, so that the
/// cluster itself can tell whether there is anything to do.
/// </summary>
internal static partial class ReleaseDigest
{
    public static async Task<string> OfAsync(ReleaseRequest request, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await AddChartAsync(hash, request.Chart, cancellationToken);
        foreach (var file in request.ValuesFiles)
            Add(hash, await File.ReadAllBytesAsync(file, cancellationToken));
        Add(hash, Encoding.UTF8.GetBytes(Canonical(request.Values)!.ToJsonString()));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..32];
    }

    public static string Describe(string description, string digest) => $"{description} [portal {digest}]";

    public static (string? Description, string? Digest) Parse(string? description) =>
        description is not null && Mark().Match(description) is { Success: true } mark
            ? (description[..mark.Index], mark.Groups["digest"].Value)
            : (description, null);

    private static async Task AddChartAsync(IncrementalHash hash, ChartSource chart, CancellationToken cancellationToken)
    {
        if (chart is RepositoryChart repository)
        {
            Add(hash, Encoding.UTF8.GetBytes($"{repository.Repository} {repository.Name} {repository.Version}"));
            return;
        }

        var folder = ((ChartFolder)chart).Path;
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            Add(hash, Encoding.UTF8.GetBytes(Path.GetRelativePath(folder, file)));
            Add(hash, await File.ReadAllBytesAsync(file, cancellationToken));
        }
    }

    /// <summary>Each part with its length in front: no two different lists of parts give the same bytes.</summary>
    private static void Add(IncrementalHash hash, byte[] part)
    {
        hash.AppendData(BitConverter.GetBytes(part.LongLength));
        hash.AppendData(part);
    }

    private static JsonNode? Canonical(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => KeyValuePair.Create(pair.Key, Canonical(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Canonical)]),
        _ => node?.DeepClone(),
    };

    [GeneratedRegex(@" \[portal (?<digest>[0-9a-f]{32})\]$", RegexOptions.None, 1000)]
    private static partial Regex Mark();
}
