using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Security;

/// <summary>Tokens of service accounts (TokenRequest): JWTs that this emulator signs, good for one cluster.</summary>
internal sealed class ServiceAccountTokens(IDocumentStore documents, EmulatorClock clock)
{
    private const string Collection = "kubernetes-token-key";
    private const string Algorithm = "HS256";
    private const int ShortestSeconds = 600;
    private const int DefaultSeconds = 3600;

    private readonly Lock _gate = new();
    private byte[]? _key;

    /// <exception cref="ApiException">422: a lifetime under ten minutes.</exception>
    public JsonObject Issue(Cluster cluster, JsonObject account, JsonObject request)
    {
        var seconds = request.Number("spec", "expirationSeconds") ?? DefaultSeconds;
        if (seconds < ShortestSeconds)
            throw ApiException.Invalid(Kinds.TokenRequest, "", ("spec.expirationSeconds", "FieldValueInvalid", $"Invalid value: {seconds}: may not specify a duration less than 10 minutes"));

        var expires = clock.Now.AddSeconds(seconds);
        var claims = new JsonObject
        {
            ["iss"] = Issuer(cluster),
            ["aud"] = request.Array("spec", "audiences")?.DeepClone() ?? new JsonArray("https://kubernetes.default.svc"),
            ["sub"] = $"system:serviceaccount:{account.Namespace()}:{account.Name()}",
            ["iat"] = clock.Now.ToUnixTimeSeconds(),
            ["nbf"] = clock.Now.ToUnixTimeSeconds(),
            ["exp"] = expires.ToUnixTimeSeconds(),
            ["kubernetes.io"] = new JsonObject
            {
                ["namespace"] = account.Namespace(),
                ["serviceaccount"] = new JsonObject { ["name"] = account.Name(), ["uid"] = account.Uid() },
            },
        };
        var body = $"{Encode(new JsonObject { ["alg"] = Algorithm, ["typ"] = "JWT" })}.{Encode(claims)}";
        request["kind"] = Kinds.TokenRequest.Kind;
        request["apiVersion"] = Kinds.TokenRequest.ApiVersion;
        request["metadata"] = new JsonObject { ["name"] = account.Name(), ["namespace"] = account.Namespace(), ["creationTimestamp"] = clock.Now.Timestamp() };
        request.Ensure("spec")["audiences"] = claims["aud"]!.DeepClone();
        request.Ensure("spec")["expirationSeconds"] = seconds;
        request["status"] = new JsonObject { ["token"] = $"{body}.{Sign(body)}", ["expirationTimestamp"] = expires.Timestamp() };
        return request;
    }

    /// <summary>Null unless the token is one of this cluster's, in time, and its account is still there.</summary>
    public (string Namespace, string Name, string Uid)? Read(Cluster cluster, string token)
    {
        if (token.Split('.') is not [var header, var payload, var signature]
            || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sign($"{header}.{payload}")), Encoding.ASCII.GetBytes(signature)))
        {
            return null;
        }

        // Signed by us: it is as we wrote it.
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(payload));
        var (home, name, uid) = (claims.Text("kubernetes.io", "namespace") ?? "", claims.Text("kubernetes.io", "serviceaccount", "name") ?? "", claims.Text("kubernetes.io", "serviceaccount", "uid") ?? "");
        var isGood = claims.Text("iss") == Issuer(cluster) && claims!["exp"]!.GetValue<long>() > clock.Now.ToUnixTimeSeconds();
        return isGood && cluster.Store.Find(Kinds.ServiceAccount, home, name)?.Uid() == uid ? (home, name, uid) : null;
    }

    private static string Issuer(Cluster cluster) => $"https://oidc.eks.{cluster.Identity.Region}.amazonaws.com/id/{cluster.Id.ToUpperInvariant()}";

    private static string Encode(JsonObject part) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString()));

    private string Sign(string text) => Base64Url.EncodeToString(HMACSHA256.HashData(Key, Encoding.ASCII.GetBytes(text)));

    private byte[] Key
    {
        get
        {
            lock (_gate)
            {
                if (_key is not null)
                    return _key;

                var stored = documents.All(Collection).FirstOrDefault(entry => entry.Key == Algorithm).Value;
                _key = stored is null ? RandomNumberGenerator.GetBytes(32) : Convert.FromBase64String(JsonNode.Parse(stored)!.GetValue<string>());
                if (stored is null)
                    documents.Put(Collection, Algorithm, JsonValue.Create(Convert.ToBase64String(_key)).ToJsonString());
                return _key;
            }
        }
    }
}
