using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.Secrets;

/// <param name="Version">UUID; the one before it is AWSPREVIOUS.</param>
/// <param name="IsOfStack">Whether a stack made it, or RDS for one.</param>
internal sealed record StoredSecret(string Name, string Arn, string Value, string Version, string? Previous, bool IsOfStack, DateTimeOffset ChangedAt);

/// <summary>The secrets of the account: those that somebody made, and those of stacks and their databases, which have a user and a made-up password.</summary>
internal sealed class SecretStore
{
    private const string Collection = "secrets";

    private readonly ConcurrentDictionary<string, StoredSecret> _written = new(StringComparer.Ordinal);
    private readonly Inventory _inventory;
    private readonly IDocumentStore _documents;
    private readonly EmulatorOptions _options;
    private readonly EmulatorClock _clock;

    public SecretStore(Inventory inventory, IDocumentStore documents, EmulatorOptions options, EmulatorClock clock)
    {
        (_inventory, _documents, _options, _clock) = (inventory, documents, options, clock);
        foreach (var (arn, json) in documents.All(Collection))
            _written[arn] = JsonSerializer.Deserialize<StoredSecret>(json)!;
    }

    public IEnumerable<StoredSecret> All => _written.Values.Where(secret => !secret.IsOfStack).Concat(OfStacks).OrderBy(secret => secret.Name, StringComparer.Ordinal);

    /// <param name="id">Name, or ARN with or without its six characters.</param>
    public StoredSecret? Find(string id) => All.FirstOrDefault(secret => secret.Name == id || secret.Arn == id || secret.Arn[..^7] == id);

    /// <summary>A new version; a new secret where there is none of that name or ARN.</summary>
    public StoredSecret Write(string id, string value)
    {
        var before = Find(id);
        var version = Uuid($"{id}|{_clock.Now:O}|{before?.Version}");
        var after = before is null
            ? id.StartsWith("arn:", StringComparison.Ordinal) ? new StoredSecret(NameOf(id), id, value, version, null, false, _clock.Now)
            : new StoredSecret(id, $"arn:aws:secretsmanager:{_options.Region}:{_options.AccountId}:secret:{id}-{Hex(id)[..6]}", value, version, null, false, _clock.Now)
            : before with { Value = value, Version = version, Previous = before.Version, ChangedAt = _clock.Now };
        _documents.Put(Collection, after.Arn, JsonSerializer.Serialize(after));
        _written[after.Arn] = after;
        return after;
    }

    public void Delete(StoredSecret secret)
    {
        _documents.Delete(Collection, secret.Arn);
        _written.TryRemove(secret.Arn, out _);
    }

    private IEnumerable<StoredSecret> OfStacks => _inventory.All.Select(resource => (Resource: resource, Arn: ArnOf(resource))).Where(one => one.Arn.Length > 0)
        .Select(one => _written.GetValueOrDefault(one.Arn) ?? new StoredSecret(NameOf(one.Arn), one.Arn, Made(one.Resource, one.Arn), Uuid(one.Arn), null, true, default));

    // The user that the template names; RDS names the master in the secret that it makes.
    private static string Made(CloudResource resource, string arn)
    {
        var made = resource.Properties["GenerateSecretString"]?["SecretStringTemplate"] is { } template ? JsonNode.Parse(template.ToText()) as JsonObject ?? [] : new JsonObject { ["username"] = "portal" };
        made["password"] = Hex(arn + "password")[..24];
        return made.ToJsonString();
    }

    private static string ArnOf(CloudResource resource) => resource.Type == "AWS::SecretsManager::Secret" ? resource.PhysicalId : resource.Attributes["MasterUserSecret.SecretArn"].ToText();

    private static string NameOf(string arn) => arn[(arn.IndexOf(":secret:", StringComparison.Ordinal) + ":secret:".Length)..^7];

    private static string Hex(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Uuid(string text) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16)).ToString();
}
