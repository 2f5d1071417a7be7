using System.Collections.Concurrent;
using System.Text.Json;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.Logs;

/// <summary>The log groups of the account: those of stacks, and those that a service made again when its own was gone.</summary>
internal sealed class LogGroups
{
    public const string Type = "AWS::Logs::LogGroup";

    private const string Collection = "log-groups";

    private readonly ConcurrentDictionary<string, DateTimeOffset> _leftovers = new(StringComparer.Ordinal);
    private readonly Inventory _inventory;
    private readonly IDocumentStore _documents;
    private readonly ILedger _ledger;
    private readonly EmulatorClock _clock;

    public LogGroups(Inventory inventory, IDocumentStore documents, ILedger ledger, EmulatorClock clock)
    {
        (_inventory, _documents, _ledger, _clock) = (inventory, documents, ledger, clock);
        foreach (var (name, json) in documents.All(Collection))
            _leftovers[name] = JsonSerializer.Deserialize<DateTimeOffset>(json);
    }

    public IEnumerable<LogGroup> All => _inventory.OfType(Type).Select(group => new LogGroup(group.PhysicalId, group.CreatedAt, group.Tags))
        .Concat(_leftovers.Select(left => new LogGroup(left.Key, left.Value, new Dictionary<string, string>())))
        .OrderBy(group => group.Name, StringComparer.Ordinal);

    /// <summary>Whether there is one of that name which belongs to no stack.</summary>
    public bool IsLeftover(string name) => _leftovers.ContainsKey(name);

    /// <summary>
    /// EKS writes a cluster's last lines after the cluster is gone, and makes the group anew where it is gone too, without tags and
    /// without an end to its retention (aws/containers-roadmap#920, terraform-aws-modules/terraform-aws-eks#920).
    /// </summary>
    public void Deleted(string name)
    {
        if (!name.StartsWith("/aws/eks/", StringComparison.Ordinal))
            return;
        _documents.Put(Collection, name, JsonSerializer.Serialize(_clock.Now));
        _leftovers[name] = _clock.Now;
        _ledger.Record("effect", "logs", "leave", name);
    }

    /// <exception cref="AwsException">There is none, or a stack has it.</exception>
    public void Delete(string name)
    {
        if (!_leftovers.TryRemove(name, out _))
        {
            throw _inventory.Find(Type, name) is null
                ? new AwsException("ResourceNotFoundException", "The specified log group does not exist.")
                : new AwsException("OperationAbortedException", $"{name} belongs to a stack. AWS would delete it; the emulator does not.");
        }

        _documents.Delete(Collection, name);
        _ledger.Record("effect", "logs", "delete", name);
    }
}

/// <param name="Tags">Those of the stack that has it; none for one that a service made.</param>
internal sealed record LogGroup(string Name, DateTimeOffset CreatedAt, IReadOnlyDictionary<string, string> Tags);
