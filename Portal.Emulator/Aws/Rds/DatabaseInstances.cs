using System.Collections.Concurrent;
using System.Text.Json;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.Rds;

/// <summary>Which RDS instances were stopped or started, and until when that takes. Those that are not named here are available.</summary>
internal sealed class DatabaseInstances
{
    private const string Collection = "rds-instances";

    private readonly ConcurrentDictionary<string, Power> _power = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly Inventory _inventory;
    private readonly IDocumentStore _documents;
    private readonly ILedger _ledger;
    private readonly EmulatorClock _clock;
    private readonly DurationCatalog _durations;

    public DatabaseInstances(Inventory inventory, IDocumentStore documents, ILedger ledger, EmulatorClock clock, DurationCatalog durations)
    {
        (_inventory, _documents, _ledger, _clock, _durations) = (inventory, documents, ledger, clock, durations);
        foreach (var (id, json) in documents.All(Collection))
            _power[id] = JsonSerializer.Deserialize<Power>(json)!;
    }

    public IReadOnlyList<CloudResource> All => _inventory.OfType("AWS::RDS::DBInstance");

    public string StatusOf(CloudResource instance)
    {
        // Another instance may have been given the name of one that is gone.
        if (!_power.TryGetValue(instance.PhysicalId, out var power) || power.CreatedAt != instance.CreatedAt)
            return "available";
        return (power.IsStopped, IsOver: _clock.Now >= power.Until) switch
        {
            (true, false) => "stopping",
            (true, true) => "stopped",
            (false, false) => "starting",
            _ => "available",
        };
    }

    /// <exception cref="AwsException">It is in no state for it.</exception>
    public void Switch(CloudResource instance, bool stop)
    {
        lock (_gate)
        {
            var status = StatusOf(instance);
            if (status != (stop ? "available" : "stopped"))
                throw new AwsException("InvalidDBInstanceState", $"Instance {instance.PhysicalId} is not in {(stop ? "available" : "stopped")} state.");
            var power = new Power(stop, _clock.Now + _clock.ToReal(_durations.Activity(stop ? "databaseStop" : "databaseStart", instance.PhysicalId)), instance.CreatedAt);
            _documents.Put(Collection, instance.PhysicalId, JsonSerializer.Serialize(power));
            _power[instance.PhysicalId] = power;
            _ledger.Record("effect", "rds", stop ? "stop" : "start", instance.PhysicalId);
        }
    }

    /// <param name="CreatedAt">Of the instance.</param>
    private sealed record Power(bool IsStopped, DateTimeOffset Until, DateTimeOffset CreatedAt);
}
