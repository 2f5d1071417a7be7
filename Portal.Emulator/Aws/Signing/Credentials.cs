using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.Signing;

/// <summary>Who signed a request.</summary>
/// <param name="Arn">As STS GetCallerIdentity answers it.</param>
/// <param name="PrincipalArn">As an EKS access entry names it: of an assumed role, the role.</param>
internal sealed record Caller(string AccountId, string Arn, string UserId, string PrincipalArn);

/// <param name="SessionToken">Null for long-term keys.</param>
internal sealed record Credentials(string AccessKeyId, string SecretAccessKey, string? SessionToken, DateTimeOffset? Expires, Caller Caller)
{
    // A record's own ToString would write the secret into a log.
    public override string ToString() => AccessKeyId;
}

/// <summary>The keys that verify: the configured pair, and what AssumeRole gave out. Temporary ones survive a restart.</summary>
internal sealed class CredentialStore
{
    private const string Collection = "sts-credentials";
    private readonly ConcurrentDictionary<string, Credentials> _keys = new(StringComparer.Ordinal);
    private readonly IDocumentStore _documents;
    private readonly TimeProvider _time;
    private readonly string _account;

    public CredentialStore(EmulatorOptions options, IDocumentStore documents, TimeProvider time)
    {
        (_documents, _time, _account) = (documents, time, options.AccountId);
        var user = $"arn:aws:iam::{_account}:user/portal";
        _keys[options.AccessKeyId] = new Credentials(options.AccessKeyId, options.SecretAccessKey, null, null, new Caller(_account, user, "AIDA" + IdFor(user), user));
        foreach (var (key, json) in documents.All(Collection))
        {
            if (JsonSerializer.Deserialize<Credentials>(json) is { } credentials && credentials.Expires > time.GetUtcNow())
                _keys[key] = credentials;
            else
                documents.Delete(Collection, key);
        }
    }

    public Credentials? Find(string accessKeyId) => _keys.GetValueOrDefault(accessKeyId);

    public Credentials IssueFor(string roleArn, string sessionName, TimeSpan lifetime)
    {
        var role = roleArn[(roleArn.LastIndexOf('/') + 1)..];
        var caller = new Caller(_account, $"arn:aws:sts::{_account}:assumed-role/{role}/{sessionName}", $"AROA{IdFor(roleArn)}:{sessionName}", roleArn);
        var credentials = new Credentials(
            "ASIA" + RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
            Convert.ToBase64String(RandomNumberGenerator.GetBytes(30)),
            Convert.ToBase64String(RandomNumberGenerator.GetBytes(180)),
            _time.GetUtcNow() + lifetime, caller);
        _documents.Put(Collection, credentials.AccessKeyId, JsonSerializer.Serialize(credentials));
        _keys[credentials.AccessKeyId] = credentials;
        return credentials;
    }

    /// <summary>16 characters as IAM's unique identifiers have after their prefix; the same for the same name.</summary>
    public static string IdFor(string name) =>
        string.Concat(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)).Take(16).Select(b => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[b % 32]));
}
