using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Core.Persistence;

namespace Portal.Worker.Observe;

/// <summary>What was last seen of a stack or a load balancer.</summary>
/// <param name="ExternalId">Stack id or ARN: a stack made anew under the same name is another one.</param>
public sealed record Observation(
    string Target, string Kind, string Name, string ExternalId, string State, string? Reason, IReadOnlyDictionary<string, string> Data);

public static class ObservationKinds
{
    public const string Stack = "stack";
    public const string LoadBalancer = "load-balancer";

    /// <summary>A service's targets at its load balancer; the name is <c>load balancer/service</c>.</summary>
    public const string Targets = "targets";

    /// <summary>State of a load balancer that is there no more.</summary>
    public const string Gone = "gone";

    /// <summary>State of a stack that is there no more: CloudFormation's own word.</summary>
    public const string Deleted = "DELETE_COMPLETE";
}

/// <summary>The observations table: written by the target's observer, read by whoever waits, in whichever process.</summary>
public sealed class ObservationStore(NpgsqlDataSource database, Transactions transactions, TimeProvider clock) : IObservations
{
    public Task ExpectAsync(Observation expected, CancellationToken cancellationToken) => SaveAsync(expected.Target, null, [expected], clock.GetUtcNow(), cancellationToken);

    public async Task LookAsync(string target, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.NotifyAsync(Channels.Observation, target);
    }

    /// <summary>What the target's observer has seen.</summary>
    /// <param name="seenAt">When the poll that saw it began; it does not overwrite what was written after that.</param>
    /// <returns>Those that changed.</returns>
    /// <exception cref="ObserverReplacedException">Another worker observes the target: nothing was written.</exception>
    public Task<IReadOnlyList<Observation>> SaveAsync(ObserverClaim claim, IReadOnlyList<Observation> observations, DateTimeOffset seenAt, CancellationToken cancellationToken) =>
        SaveAsync(claim.Target, claim, observations, seenAt, cancellationToken);

    private async Task<IReadOnlyList<Observation>> SaveAsync(
        string target, ObserverClaim? claim, IReadOnlyList<Observation> observations, DateTimeOffset seenAt, CancellationToken cancellationToken)
    {
        if (observations.Count == 0)
            return [];
        var keys = await transactions.DoAsync(
            async work =>
            {
                if (claim is not null)
                    await ObserverClaims.HoldAsync(work, claim);
                var changed = await WriteAsync(work.Connection, target, observations, seenAt, isExpected: claim is null);
                // In the transaction: steps wait for it, and it is rare beside events.
                if (changed.Count > 0)
                    await work.Connection.NotifyAsync(Channels.Observation, claim is null ? target : "");
                return changed;
            }, cancellationToken);
        return [.. observations.Where(o => keys.Contains((o.Kind, o.Name)))];
    }

    /// <param name="isExpected">
    /// Whether it is newer than anything seen before it even where it says the same as the row does: else a poll that began earlier, and saw the end
    /// of something before, would be taken for the end of what has just been asked for.
    /// </param>
    /// <returns>Those that changed.</returns>
    private static async Task<HashSet<(string Kind, string Name)>> WriteAsync(
        NpgsqlConnection connection, string target, IReadOnlyList<Observation> observations, DateTimeOffset seenAt, bool isExpected) =>
        (await connection.QueryAsync<(string Kind, string Name)>(
            """
            insert into observations as o (target, kind, name, external_id, state, reason, data, changed_at)
            select @target, * , @seenAt from unnest(@kinds, @names, @ids, @states, @reasons, @data::jsonb[])
            on conflict (target, kind, name) do update
              set external_id = excluded.external_id, state = excluded.state, reason = excluded.reason, data = excluded.data, changed_at = excluded.changed_at
              where o.changed_at <= excluded.changed_at
                and (@isExpected or (o.external_id, o.state, coalesce(o.reason, ''), o.data) is distinct from (excluded.external_id, excluded.state, coalesce(excluded.reason, ''), excluded.data))
            returning kind, name
            """,
            new
            {
                target,
                seenAt,
                isExpected,
                kinds = observations.Select(o => o.Kind).ToArray(),
                names = observations.Select(o => o.Name).ToArray(),
                ids = observations.Select(o => o.ExternalId).ToArray(),
                states = observations.Select(o => o.State).ToArray(),
                reasons = observations.Select(o => o.Reason).ToArray(),
                data = observations.Select(o => JsonSerializer.Serialize(o.Data)).ToArray(),
            })).ToHashSet();

    /// <summary>What was seen of that kind in the target and was not gone then: a list of what is there cannot say it.</summary>
    /// <param name="before">What was written later than that may be newer than the list.</param>
    public Task<IReadOnlyList<Observation>> ThereAsync(string target, string kind, CancellationToken cancellationToken, DateTimeOffset? before = null) => WhereAsync(
        "target = @target and kind = @kind and state <> all(@gone) and changed_at <= coalesce(@before, changed_at)",
        new { target, kind, before, gone = (string[])[ObservationKinds.Gone, ObservationKinds.Deleted] }, cancellationToken);

    /// <summary>The stacks that were last seen, or said, to be worked on.</summary>
    public Task<IReadOnlyList<Observation>> MovingAsync(string target, CancellationToken cancellationToken) =>
        WhereAsync("target = @target and kind = 'stack' and state like '%_IN_PROGRESS'", new { target }, cancellationToken);

    private async Task<IReadOnlyList<Observation>> WhereAsync(string condition, object values, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"select target, kind, name, external_id as ExternalId, state, reason, data::text as data from observations where {condition}", values, cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToObservation())];
    }

    /// <summary>All that are known of the named ones, in one query.</summary>
    public async Task<IReadOnlyList<Observation>> ReadAsync(IReadOnlyCollection<(string Target, string Kind, string Name)> keys, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            """
            select o.target, o.kind, o.name, o.external_id as ExternalId, o.state, o.reason, o.data::text as data
            from observations o join unnest(@targets, @kinds, @names) as k(target, kind, name) using (target, kind, name)
            """,
            new { targets = keys.Select(k => k.Target).ToArray(), kinds = keys.Select(k => k.Kind).ToArray(), names = keys.Select(k => k.Name).ToArray() },
            cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToObservation())];
    }

    internal sealed record Row
    {
        public string Target { get; init; } = "";
        public string Kind { get; init; } = "";
        public string Name { get; init; } = "";
        public string ExternalId { get; init; } = "";
        public string State { get; init; } = "";
        public string? Reason { get; init; }
        public string Data { get; init; } = "";

        public Observation ToObservation() => new(Target, Kind, Name, ExternalId, State, Reason, JsonSerializer.Deserialize<Dictionary<string, string>>(Data) ?? []);
    }
}
