using System.Text.Json;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

/// <summary>Fail the nth creation of a type from now on, once.</summary>
/// <param name="Nth">1 is the next one.</param>
/// <param name="On"><c>create</c>, <c>update</c> or <c>delete</c>.</param>
public sealed record Fault(string Type, int Nth, string Reason, string On = "create");

/// <summary>Faults that were asked for and have not happened yet. They survive a restart.</summary>
internal sealed class FaultPlan
{
    private const string Collection = "faults";
    private readonly Lock _gate = new();
    private readonly IDocumentStore _documents;
    private readonly SortedDictionary<string, Fault> _faults = new(StringComparer.Ordinal);

    public FaultPlan(IDocumentStore documents)
    {
        _documents = documents;
        foreach (var (key, json) in documents.All(Collection))
            _faults[key] = JsonSerializer.Deserialize<Fault>(json)!;
    }

    public void Add(Fault fault)
    {
        lock (_gate)
            Store(Guid.CreateVersion7().ToString(), fault);
    }

    /// <summary>Counts one creation, update or deletion of the type; a reason if it is to fail.</summary>
    public string? Next(string on, string type)
    {
        lock (_gate)
        {
            string? reason = null;
            foreach (var (key, fault) in _faults.Where(pair => pair.Value.Type == type && pair.Value.On == on).ToList())
            {
                if (fault.Nth > 1)
                {
                    Store(key, fault with { Nth = fault.Nth - 1 });
                    continue;
                }

                reason ??= fault.Reason;
                _faults.Remove(key);
                _documents.Delete(Collection, key);
            }

            return reason;
        }
    }

    private void Store(string key, Fault fault)
    {
        _faults[key] = fault;
        _documents.Put(Collection, key, JsonSerializer.Serialize(fault));
    }
}
