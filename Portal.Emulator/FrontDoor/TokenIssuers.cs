using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes;

namespace Portal.Emulator.FrontDoor;

/// <summary>
/// Signs and verifies JSON Web Tokens for issuers: Cognito's user pools, and the OpenID Connect providers that Lambda authorizers trust.
/// Each issuer has a key pair of its own, kept on disk.
/// </summary>
internal sealed class TokenIssuers(IDocumentStore documents, EmulatorClock clock)
{
    private const string Collection = "token-issuers";

    private readonly ConcurrentDictionary<string, Lazy<RSA>> _keys = new(StringComparer.Ordinal);

    public string Sign(string issuer, JsonObject claims)
    {
        var key = KeyOf(issuer);
        var header = new JsonObject { ["kid"] = KeyId(key), ["alg"] = "RS256", ["typ"] = "JWT" };
        var body = claims.Copy();
        body["iss"] = issuer;
        var text = $"{Encode(header)}.{Encode(body)}";
        return $"{text}.{WebEncoders.Base64UrlEncode(key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    /// <summary>The claims of a token of that issuer.</summary>
    /// <exception cref="GatewayException">It is not one, or has expired.</exception>
    public JsonObject Verify(string issuer, string token)
    {
        var parts = token.Split('.');
        try
        {
            if (parts.Length != 3 || JsonNode.Parse(WebEncoders.Base64UrlDecode(parts[0])).Text("alg") != "RS256"
                || !KeyOf(issuer).VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), WebEncoders.Base64UrlDecode(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
                || JsonNode.Parse(WebEncoders.Base64UrlDecode(parts[1])) is not JsonObject claims || claims.Text("iss") != issuer)
            {
                throw GatewayException.Unauthorized();
            }

            return claims["exp"]?.GetValue<long>() > clock.Now.ToUnixTimeSeconds() ? claims : throw GatewayException.ExpiredToken();
        }
        catch (Exception error) when (error is FormatException or JsonException or InvalidOperationException)
        {
            throw GatewayException.Unauthorized();
        }
    }

    public JsonObject KeySet(string issuer)
    {
        var key = KeyOf(issuer);
        var parameters = key.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["keys"] = new JsonArray(new JsonObject
            {
                ["alg"] = "RS256",
                ["e"] = WebEncoders.Base64UrlEncode(parameters.Exponent!),
                ["kid"] = KeyId(key),
                ["kty"] = "RSA",
                ["n"] = WebEncoders.Base64UrlEncode(parameters.Modulus!),
                ["use"] = "sig",
            }),
        };
    }

    private RSA KeyOf(string issuer) => _keys.GetOrAdd(issuer, name => new Lazy<RSA>(() => LoadOrCreate(name))).Value;

    private RSA LoadOrCreate(string issuer)
    {
        var stored = documents.All(Collection).FirstOrDefault(entry => entry.Key == issuer).Value;
        var key = RSA.Create(2048);
        if (stored is not null)
            key.ImportFromPem(JsonSerializer.Deserialize<string>(stored));
        else
            documents.Put(Collection, issuer, JsonSerializer.Serialize(key.ExportPkcs8PrivateKeyPem()));
        return key;
    }

    private static string KeyId(RSA key) => Convert.ToBase64String(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    private static string Encode(JsonObject part) => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(part.ToJsonString()));
}
