using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Portal.Core.Environments;
using Portal.Core.Provisioning;

namespace Portal.Worker.Observe;

/// <summary>
/// Keeps the health of a target's environments: looks again at those of which something was seen, and writes what holds for a moment, so that
/// a pod that is replaced or a row that is about to come is no alarm.
/// </summary>
internal sealed partial class HealthKeeper(ObserverClaim claim, HealthStore store, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan Settles = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<Guid, byte> _marked = new();

    /// <summary>Since when what is seen is another thing than what is written.</summary>
    private readonly Dictionary<Guid, DateTimeOffset> _turning = [];

    /// <summary>What has been told of an environment since it became degraded: what comes and goes is told once.</summary>
    private readonly Dictionary<Guid, HashSet<(string Kind, string Subject)>> _told = [];

    private Dictionary<Guid, (bool IsBusy, Guid? OperationId)> _followed = [];

    /// <summary>What begins to be observed, or was changed by an operation, is looked at anew.</summary>
    public void Follow(IReadOnlyList<ObservedEnvironment> environments)
    {
        var now = environments.ToDictionary(environment => environment.Id, environment => (environment.IsBusy, environment.OperationId));
        foreach (var (id, state) in now.Where(pair => !_followed.TryGetValue(pair.Key, out var before) || before != pair.Value))
            Mark(id);
        _followed = now;
    }

    /// <summary>Something was seen of the environment.</summary>
    public void Mark(Guid environmentId) => _marked.TryAdd(environmentId, 0);

    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var due = _marked.Keys.ToList();
        due.ForEach(id => _marked.TryRemove(id, out _));
        due = [.. due.Union(_turning.Keys)];
        if (due.Count == 0)
            return;
        var read = await store.ReadAsync(claim.Target, due, cancellationToken);
        foreach (var gone in due.Except(read.Select(seen => seen.Id)))
            _turning.Remove(gone);
        foreach (var seen in read)
            await KeepAsync(seen, cancellationToken);
    }

    private async Task KeepAsync(SeenEnvironment seen, CancellationToken cancellationToken)
    {
        // What an operation does to an environment is the operation's to tell.
        if (seen.State != EnvironmentState.Ready)
        {
            _turning.Remove(seen.Id);
            return;
        }

        var reasons = HealthRules.Of(seen.Facts);
        var health = reasons.Count == 0 ? Health.Healthy : Health.Degraded;
        if (health != seen.Health)
        {
            var now = clock.GetUtcNow();
            if (_turning.TryAdd(seen.Id, now) || now - _turning[seen.Id] < Settles)
                return;
        }

        _turning.Remove(seen.Id);
        if (health == seen.Health && reasons.SequenceEqual(seen.Reasons))
            return;
        var told = health == Health.Degraded && seen.Health == Health.Degraded ? _told.GetValueOrDefault(seen.Id) ?? Keys(seen.Reasons) : [];
        var news = Keys(reasons);
        news.ExceptWith(told);
        told.UnionWith(news);
        _told[seen.Id] = told;
        LogHealth(logger, seen.Name, health, reasons.Count > 0 ? reasons[0].Message : "");
        await store.WriteAsync(claim, seen, health, reasons, isNews: health != seen.Health || news.Count > 0, cancellationToken);
    }

    private static HashSet<(string, string)> Keys(IEnumerable<HealthReason> reasons) => [.. reasons.Select(reason => (reason.Kind, reason.Subject))];

    [LoggerMessage(Level = LogLevel.Information, Message = "{Environment} is {Health}. {Reason}")]
    private static partial void LogHealth(ILogger logger, string environment, Health health, string reason);
}
