using System.Text.Json;
using System.Text.Json.Serialization;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Storage;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

/// <summary>The stacks in memory, and the one place that writes them, the inventory and the ledger in one transaction.</summary>
internal sealed class StackStore
{
    private const string StackCollection = "cfn-stacks";
    private const string ResourceCollection = "cfn-resources";
    private const string EventCollection = "cfn-events";
    private const string OperationCollection = "cfn-operations";

    private static readonly JsonSerializerOptions s_json = new(JsonText.Compact) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly EmulatorDatabase _database;
    private readonly Inventory _inventory;
    private readonly Dictionary<string, Stack> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Stack> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Collection, string Key), Func<string?>> _changes = [];
    private readonly List<LedgerNote> _notes = [];
    private readonly SharedTemplates _templates = new();
    private readonly List<Action> _afterCommit = [];
    private List<Stack>? _all;

    public StackStore(EmulatorDatabase database, Inventory inventory)
    {
        (_database, _inventory) = (database, inventory);
        foreach (var (_, json) in database.All(StackCollection))
            Index(JsonSerializer.Deserialize<Stack>(json, s_json)!);
        foreach (var (key, json) in database.All(ResourceCollection))
        {
            var resource = JsonSerializer.Deserialize<StackResource>(json, s_json)!;
            _byId[StackOf(key)].Resources[resource.LogicalId] = resource;
        }

        // Keys end in a number with leading zeros, so the order of the keys is the order of the events.
        foreach (var (key, json) in database.All(EventCollection))
            _byId[StackOf(key)].Events.Add(JsonSerializer.Deserialize<StackEvent>(json, s_json)!);
        foreach (var (key, json) in database.All(OperationCollection))
            _byId[key].Operation = JsonSerializer.Deserialize<Operation>(json, s_json);
    }

    /// <summary>Newest first, deleted ones included.</summary>
    public IReadOnlyList<Stack> All => _all ??= [.. _byId.Values.OrderByDescending(stack => stack.CreatedAt).ThenBy(stack => stack.Id, StringComparer.Ordinal)];

    /// <summary>By name only while it exists; by id for ever.</summary>
    public Stack? Find(string nameOrId) => _byId.GetValueOrDefault(nameOrId) ?? (_byName.GetValueOrDefault(nameOrId) is { IsDeleted: false } stack ? stack : null);

    /// <summary>Whether a request on a stack of that name, one that is gone included, had the token.</summary>
    public bool HasUsed(string name, string token) => All.Any(stack => stack.Name == name && stack.Events.Exists(entry => entry.Token == token));

    public void Add(Stack stack)
    {
        Index(stack);
        Changed(stack);
    }

    public void Changed(Stack stack)
    {
        _changes[(StackCollection, stack.Id)] = () => JsonSerializer.Serialize(stack, s_json);
        OperationChanged(stack);
    }

    public void OperationChanged(Stack stack) =>
        _changes[(OperationCollection, stack.Id)] = () => stack.Operation is null ? null : JsonSerializer.Serialize(stack.Operation, s_json);

    public void Set(Stack stack, StackResource resource)
    {
        stack.Resources[resource.LogicalId] = resource;
        _changes[(ResourceCollection, $"{stack.Id}|{resource.LogicalId}")] = () => JsonSerializer.Serialize(resource, s_json);
    }

    public void Remove(Stack stack, string logicalId)
    {
        stack.Resources.Remove(logicalId);
        _changes[(ResourceCollection, $"{stack.Id}|{logicalId}")] = () => null;
    }

    public void Add(Stack stack, StackEvent entry)
    {
        stack.Events.Add(entry);
        _changes[(EventCollection, $"{stack.Id}|{entry.Number:D9}")] = () => JsonSerializer.Serialize(entry, s_json);
    }

    public void Set(CloudResource resource)
    {
        _inventory.Set(resource);
        _changes[(Inventory.Collection, resource.Key)] = () => JsonSerializer.Serialize(resource, s_json);
    }

    public void Remove(CloudResource resource)
    {
        _inventory.Remove(resource.Key);
        _changes[(Inventory.Collection, resource.Key)] = () => null;
    }

    /// <summary>Any other document, written with the rest.</summary>
    /// <param name="json">Asked for at the commit; null deletes.</param>
    public void Set(string collection, string key, Func<string?> json) => _changes[(collection, key)] = json;

    /// <summary>For what others may see only when it is durable.</summary>
    public void AfterCommit(Action action) => _afterCommit.Add(action);

    public void Note(string service, string action, string subject, string? detail = null) =>
        _notes.Add(new LedgerNote("effect", service, action, subject, detail));

    /// <summary>Makes everything since the last commit durable.</summary>
    public void Commit()
    {
        _database.Write([.. _changes.Select(change => (change.Key.Collection, change.Key.Key, change.Value()))], _notes);
        _changes.Clear();
        _notes.Clear();
        foreach (var action in _afterCommit)
            action();
        _afterCommit.Clear();
    }

    private void Index(Stack stack)
    {
        stack.Share(_templates);
        _all = null;
        _byId[stack.Id] = stack;
        if (!_byName.TryGetValue(stack.Name, out var other) || other.CreatedAt <= stack.CreatedAt)
            _byName[stack.Name] = stack;
    }

    private static string StackOf(string key) => key[..key.LastIndexOf('|')];
}
