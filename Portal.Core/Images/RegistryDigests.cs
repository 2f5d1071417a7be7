using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Portal.Core.Outside;
using Portal.Core.Specifications;

namespace Portal.Core.Images;

/// <summary>
/// Registries, as anybody may ask them: https://distribution.github.io/distribution/spec/api/ with a token for nobody in particular
/// (https://distribution.github.io/distribution/spec/auth/token/).
/// </summary>
public sealed partial class RegistryDigests : IImageDigests, IDisposable
{
    /// <summary>A registry limits manifests to 4 MiB; whatever answers with more is none.</summary>
    private const int MostAnswer = 4 * 1024 * 1024;

    private const int MostToken = 16 * 1024;
    private const string Private = "its registry wants a password, or has no such image";

    /// <summary>For all that is asked about one image: somebody waits for it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // An index of several architectures before the manifest of one: the digest has to be good for every node.
    private static readonly string[] s_manifests =
    [
        "application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json",
    ];

    private readonly OutsideOptions _outside;
    private readonly TimeProvider _clock;
    private readonly HttpClient _client;

    public RegistryDigests(OutsideOptions outside, TimeProvider clock)
    {
        (_outside, _clock) = (outside, clock);
        _client = new HttpClient(OutsideHttp.Handler(outside, redirects: 3)) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MostAnswer };
    }

    public bool IsOn => true;

    public void Dispose() => _client.Dispose();

    public async Task<ImageDigest> FindAsync(ImageReference image, CancellationToken cancellationToken)
    {
        if (IsEcr(image.Host))
            return new ImageDigest(null, "Amazon ECR answers nobody without credentials of AWS, which the portal has not");
        using var late = new CancellationTokenSource(Patience, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            return await AskAsync(image, either.Token);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested && InWords(error) is { } words)
        {
            return new ImageDigest(null, $"its registry cannot be asked: {words}");
        }
    }

    private static string? InWords(Exception error) => error is JsonException ? "what answers there is none" : OutsideHttp.InWords(error);

    private async Task<ImageDigest> AskAsync(ImageReference image, CancellationToken cancellationToken)
    {
        using var first = await SendAsync(HttpMethod.Head, image, null, cancellationToken);
        if (first.StatusCode != HttpStatusCode.Unauthorized)
            return await ReadAsync(image, first, null, cancellationToken);
        if (await TokenAsync(image, first, cancellationToken) is not { } token)
            return new ImageDigest(null, Private);
        using var second = await SendAsync(HttpMethod.Head, image, token, cancellationToken);
        return await ReadAsync(image, second, token, cancellationToken);
    }

    private async Task<ImageDigest> ReadAsync(ImageReference image, HttpResponseMessage response, string? token, CancellationToken cancellationToken)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden:
                return new ImageDigest(null, Private);
            case HttpStatusCode.NotFound:
                return new ImageDigest(null, "its registry has no such image");
            case HttpStatusCode.TooManyRequests:
                return new ImageDigest(null, "its registry has been asked too often");
            case HttpStatusCode.OK when IsManifest(response) && Digest(response) is { } digest:
                return new ImageDigest(digest, null);
            case HttpStatusCode.OK when IsManifest(response) && response.RequestMessage?.Method == HttpMethod.Head:
            case HttpStatusCode.MethodNotAllowed when response.RequestMessage?.Method == HttpMethod.Head:
                // The header is only recommended; the digest is that of the manifest's very bytes.
                using (var whole = await SendAsync(HttpMethod.Get, image, token, cancellationToken))
                    return await ReadAsync(image, whole, token, cancellationToken);
            case HttpStatusCode.OK when IsManifest(response):
                return new ImageDigest($"sha256:{Convert.ToHexStringLower(SHA256.HashData(await response.Content.ReadAsByteArrayAsync(cancellationToken)))}", null);
            case HttpStatusCode.OK:
                return new ImageDigest(null, "its registry cannot be asked: what answers there is none");
            default:
                return new ImageDigest(null, $"its registry answers with {(int)response.StatusCode}");
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, ImageReference image, string? token, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(method, new Uri($"{Api(image.Host)}/v2/{image.Repository}/manifests/{image.Tag ?? "latest"}"));
        foreach (var type in s_manifests)
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await _client.SendAsync(request, cancellationToken);
    }

    /// <returns>Null where the registry does not say who gives one, or nobody gets one without a password.</returns>
    private async Task<string?> TokenAsync(ImageReference image, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var challenge = response.Headers.WwwAuthenticate.FirstOrDefault(header => header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))?.Parameter ?? "";
        var said = Parameter().Matches(challenge).GroupBy(match => match.Groups["name"].Value, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => group.First().Groups["value"].Value, StringComparer.OrdinalIgnoreCase);
        if (!Uri.TryCreate(said.GetValueOrDefault("realm"), UriKind.Absolute, out var realm) || realm.Scheme is not ("https" or "http"))
            return null;
        var query = $"service={Uri.EscapeDataString(said.GetValueOrDefault("service", ""))}&scope={Uri.EscapeDataString($"repository:{image.Repository}:pull")}";
        using var answer = await _client.GetAsync(new UriBuilder(realm) { Query = realm.Query.Length > 1 ? $"{realm.Query[1..]}&{query}" : query }.Uri, cancellationToken);
        if (!answer.IsSuccessStatusCode)
            return null;
        using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
        return Text("token") ?? Text("access_token");

        string? Text(string name) => json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            && value.GetString() is { Length: > 0 and <= MostToken } text && text.All(letter => letter is > ' ' and < '\x7f')
                ? text
                : null;
    }

    // Docker Hub's name is not where its registry answers.
    private string Api(string host) => host == "docker.io" ? "https://registry-1.docker.io"
        : _outside.AllowHttp && IPAddress.TryParse(host.Split(':')[0], out _) ? $"http://{host}"
        : $"https://{host}";

    private static bool IsManifest(HttpResponseMessage response) => s_manifests.Contains(response.Content.Headers.ContentType?.MediaType);

    private static string? Digest(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Docker-Content-Digest", out var values) && values.FirstOrDefault() is { } digest && Sha256().IsMatch(digest) ? digest : null;

    // public.ecr.aws answers everybody, these do not: https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html.
    private static bool IsEcr(string host) =>
        host.Contains(".dkr.ecr", StringComparison.OrdinalIgnoreCase) || host.Contains(".dkr-ecr", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("(?<name>[A-Za-z]+)=\"(?<value>[^\"]*)\"")]
    private static partial Regex Parameter();

    [GeneratedRegex("^sha256:[0-9a-f]{64}\\z")]
    private static partial Regex Sha256();
}
