using System.Collections.Concurrent;

namespace Portal.Benchmarks.Chaos;

/// <param name="Kills">SIGKILLs, of workers, the portal and Postgres by turns that the seed decides.</param>
/// <param name="Others">How often each of the other things is done: a worker frozen, a worker restarted, Postgres frozen, Postgres without a free connection.</param>
/// <param name="People">Each has an environment at any time.</param>
/// <param name="Pause">The longest pause between two of them; the shortest is a quarter of it.</param>
/// <param name="Frozen">How long Postgres is frozen, or has no connection.</param>
internal sealed record ChaosOptions(int Kills, int Seed, int Others, int People, TimeSpan Pause, TimeSpan Frozen)
{
    /// <summary>How many simulated seconds pass in a real one.</summary>
    public int Scale { get; init; } = 400;

    /// <summary>Whether every other strike waits until work has gone on: those are what is measured.</summary>
    public bool IsMeasured { get; init; }

    /// <summary>Folder for what the programs say.</summary>
    public string? Logs { get; init; }
}

/// <summary>What was seen.</summary>
internal sealed class ChaosReport
{
    /// <summary>What must not be; empty is what one hopes for.</summary>
    public ConcurrentQueue<string> Broken { get; } = new();

    /// <summary>What went on, but slowly.</summary>
    public ConcurrentQueue<string> Slow { get; } = new();

    /// <summary>Seconds, by name: from what was done to the next write of a step or an operation that it concerned, and the like.</summary>
    public ConcurrentDictionary<string, ConcurrentBag<double>> Seconds { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, long> Counts { get; } = new(StringComparer.Ordinal);

    public void Took(string what, TimeSpan time) => Seconds.GetOrAdd(what, _ => []).Add(time.TotalSeconds);
}
