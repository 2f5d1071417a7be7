using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.Faults;

/// <summary>Faults that were asked for and are not spent. They survive a restart.</summary>
internal sealed class FaultPlan
{
    private const string Collection = "faults";

    /// <summary>What is kept of a fault of the file once it is spent, so that the next start does not bring it back.</summary>
    private const string Spent = "null";

    private readonly Lock _gate = new();
    private readonly IDocumentStore _documents;
    private readonly int _seed;
    private readonly SortedDictionary<string, Fault> _faults = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public FaultPlan(IDocumentStore documents, EmulatorOptions options)
    {
        (_documents, _seed) = (documents, options.Seed);
        var stored = documents.All(Collection).ToDictionary(pair => pair.Key, pair => pair.Value);
        foreach (var (key, json) in stored.Where(pair => pair.Value != Spent))
            _faults[key] = JsonSerializer.Deserialize<Fault>(json, JsonSerializerOptions.Web)!;
        foreach (var (key, fault) in FaultFile.Read(options.Faults).Where(pair => !stored.ContainsKey(pair.Key)))
            Store(key, fault);
    }

    public IReadOnlyDictionary<string, Fault> All
    {
        get
        {
            lock (_gate)
                return new Dictionary<string, Fault>(_faults, StringComparer.Ordinal);
        }
    }

    /// <returns>The key to remove it by.</returns>
    public string Add(Fault fault)
    {
        lock (_gate)
            return Store(Guid.CreateVersion7().ToString(), fault);
    }

    public bool Remove(string key)
    {
        lock (_gate)
            return Take(key);
    }

    /// <summary>Counts one creation, update or deletion of the type; the fault that hits it, if any.</summary>
    public Fault? Next(string on, string type)
    {
        lock (_gate)
            return Hit(fault => fault.Kind is "fail" or "stall" && fault.On == on && Matches(fault.Type, type));
    }

    /// <summary>Counts one call; the fault that hits it, if any.</summary>
    public Fault? NextCall(string service, string action)
    {
        lock (_gate)
            return _faults.Count == 0 ? null : Hit(fault => fault.Kind is "throttle" or "error" or "drop" && Matches(fault.Service, service) && Matches(fault.Action, action));
    }

    public double FactorOf(string type)
    {
        lock (_gate)
            return _faults.Values.Where(fault => fault.Kind == "slow" && Matches(fault.Type, type)).Aggregate(1.0, (product, fault) => product * fault.Factor);
    }

    public bool LosesEvent()
    {
        lock (_gate)
            return _faults.Count > 0 && Hit(fault => fault.Kind == "lose-events") is not null;
    }

    /// <summary>Counts one delivery to a queue: how often it is made, and how long after.</summary>
    public (int Copies, TimeSpan Delay) NextDelivery()
    {
        lock (_gate)
        {
            if (_faults.Count == 0)
                return (1, TimeSpan.Zero);
            var (lost, twice, late) = (Hit(fault => fault.Kind == "lose-deliveries"), Hit(fault => fault.Kind == "duplicate-deliveries"), Hit(fault => fault.Kind == "delay-deliveries"));
            return (lost is not null ? 0 : twice is not null ? 2 : 1, TimeSpan.FromSeconds(late?.Seconds ?? 0));
        }
    }

    private Fault? Hit(Func<Fault, bool> concerns)
    {
        Fault? hit = null;
        foreach (var (key, fault) in _faults.Where(pair => concerns(pair.Value)).ToList())
        {
            if (fault.Rate is { } rate)
            {
                if (Chance(key, _counts.AddOrUpdate(key, 1, (_, count) => count + 1), fault) < rate)
                    hit ??= fault;
            }
            else if (fault.Nth > 1)
            {
                Store(key, fault with { Nth = fault.Nth - 1 });
            }
            else
            {
                hit ??= fault;
                Take(key);
            }
        }

        return hit;
    }

    /// <summary>From 0 to 1, from the seed, the fault's own text and how many calls it saw: not from its random key.</summary>
    private double Chance(string key, long count, Fault fault)
    {
        var place = _faults.Keys.TakeWhile(other => other != key).Count();
        return BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes($"{_seed}|{place}|{fault}|{count}"))) / (double)uint.MaxValue;
    }

    private static bool Matches(string pattern, string text) => pattern == "*" || pattern == text;

    private string Store(string key, Fault fault)
    {
        _faults[key] = fault;
        _documents.Put(Collection, key, JsonSerializer.Serialize(fault, JsonSerializerOptions.Web));
        return key;
    }

    private bool Take(string key)
    {
        if (!_faults.Remove(key))
            return false;
        if (key.StartsWith(FaultFile.Prefix, StringComparison.Ordinal))
            _documents.Put(Collection, key, Spent);
        else
            _documents.Delete(Collection, key);
        return true;
    }
}

/// <summary>The file that Emulator:Faults names: a JSON list of faults. Changing it makes its faults new ones.</summary>
internal static class FaultFile
{
    public const string Prefix = "file-";

    public static IEnumerable<KeyValuePair<string, Fault>> Read(string path)
    {
        if (path.Length == 0)
            return [];
        try
        {
            var bytes = File.ReadAllBytes(path);
            var faults = JsonSerializer.Deserialize<List<Fault>>(bytes, new JsonSerializerOptions(JsonSerializerDefaults.Web) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow }) ?? [];
            if (faults.Select(fault => fault.Mistake()).FirstOrDefault(mistake => mistake is not null) is { } mistake)
                throw new EmulatorStartException($"Emulator:Faults names {path}, which has a mistake: {mistake}");
            var hash = Convert.ToHexStringLower(SHA256.HashData(bytes))[..8];
            return faults.Select((fault, i) => KeyValuePair.Create($"{Prefix}{hash}-{i:D4}", fault));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new EmulatorStartException($"Emulator:Faults names {path}, which cannot be read as a JSON list of faults: {error.Message}", error);
        }
    }
}
