using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Core.Environments;

/// <summary>
/// Plans and specifications as they were stored, each read and parsed once: an environment that comes up is reread many times a
/// minute, and neither changes meanwhile. Bounded; what has not been asked for longest goes first.
/// </summary>
public sealed class StoredDocuments : IDisposable
{
    /// <summary>Each is some tens to hundreds of kilobytes.</summary>
    public const int Most = 200;

    private readonly MemoryCache _parsed = new(new MemoryCacheOptions { SizeLimit = Most });

    /// <param name="owner">The request or operation that carries the plan. The hash alone would not do: it leaves out cost and durations.</param>
    /// <param name="stored">The plan's JSON, read where it is not known yet.</param>
    public Task<Plan> PlanAsync(Guid owner, string hash, IQueryable<string> stored, CancellationToken cancellationToken) =>
        GetAsync((owner, hash), stored, Plan.FromJson, cancellationToken);

    public Task<Specification> SpecificationAsync(PortalDb database, Guid environmentId, int version, CancellationToken cancellationToken) => GetAsync(
        (environmentId, version),
        database.Specifications.Where(row => row.EnvironmentId == environmentId && row.Version == version).Select(row => row.Document),
        Parse, cancellationToken);

    public void Dispose() => _parsed.Dispose();

    private async Task<T> GetAsync<T>(object key, IQueryable<string> stored, Func<string, T> parse, CancellationToken cancellationToken)
    {
        if (_parsed.TryGetValue(key, out T? known))
            return known!;
        var parsed = parse(await stored.FirstAsync(cancellationToken));
        _parsed.Set(key, parsed, new MemoryCacheEntryOptions { Size = 1 });
        return parsed;
    }

    private static Specification Parse(string document) =>
        JsonSerializer.Deserialize<Specification>(document, Specification.Json) ?? throw new InvalidDataException("The stored specification is empty.");
}
