using Dapper;
using Npgsql;
using Portal.Core.Persistence;

namespace Portal.Worker.Observe;

/// <summary>What is known of one environment's cluster beside its objects.</summary>
/// <param name="SeenAt">When its API last answered with all its watches open; null for never.</param>
/// <param name="Trouble">Why it cannot be seen; null while it can.</param>
/// <param name="IsGone">Whether EKS says that there is no such cluster.</param>
public sealed record ClusterSight(Guid EnvironmentId, DateTimeOffset? SeenAt, string? Trouble, bool IsGone);

/// <summary>
/// When targets and clusters were last seen, and why they are not. Written once a second at most and without an event: nothing has happened
/// to the environment. Pages are told when seeing begins or ends.
/// </summary>
public sealed class Sights(Transactions transactions)
{
    public Task SaveAsync(ObserverClaim claim, DateTimeOffset seenAt, string? trouble, CancellationToken cancellationToken) => transactions.DoAsync(
        async work =>
        {
            await ObserverClaims.HoldAsync(work, claim);
            var before = await work.Connection.ExecuteScalarAsync<string?>("select trouble from observers where target = @Target", new { claim.Target });
            await work.Connection.ExecuteAsync(
                "update observers set seen_at = case when @trouble::text is null then @seenAt else seen_at end, trouble = @trouble where target = @Target",
                new { claim.Target, seenAt, trouble });
            if (before is null != trouble is null)
            {
                await work.ChangedAsync((await work.Connection.QueryAsync<Guid>(
                    "select distinct environment_id from deployments join environments on id = environment_id where target = @Target", new { claim.Target })).AsList());
            }
        }, cancellationToken);

    public async Task SaveAsync(ObserverClaim claim, IReadOnlyList<ClusterSight> sights, CancellationToken cancellationToken)
    {
        if (sights.Count == 0)
            return;
        await transactions.DoAsync(async work =>
        {
            await ObserverClaims.HoldAsync(work, claim);
            await work.ChangedAsync(await TurnAsync(work.Connection, sights));
        }, cancellationToken);
    }

    /// <returns>The environments whose cluster begins or ends to be seen, or is gone, or back.</returns>
    private static async Task<IReadOnlyCollection<Guid>> TurnAsync(NpgsqlConnection connection, IReadOnlyList<ClusterSight> sights) =>
        (await connection.QueryAsync<Guid>(
            """
            with news as (select * from unnest(@ids, @seen, @troubles, @gone) as n(environment_id, seen_at, trouble, gone)),
                 before as (select environment_id, c.trouble, c.gone from cluster_sights c join news using (environment_id)),
                 saved as (
                   insert into cluster_sights as c (environment_id, seen_at, trouble, gone) select * from news
                   on conflict (environment_id) do update set seen_at = coalesce(excluded.seen_at, c.seen_at), trouble = excluded.trouble, gone = excluded.gone)
            select environment_id from news n left join before b using (environment_id)
            where (b.trouble is null) <> (n.trouble is null) or coalesce(b.gone, false) <> n.gone
            """,
            new
            {
                ids = sights.Select(sight => sight.EnvironmentId).ToArray(),
                seen = sights.Select(sight => sight.SeenAt?.UtcDateTime).ToArray(),
                troubles = sights.Select(sight => sight.Trouble).ToArray(),
                gone = sights.Select(sight => sight.IsGone).ToArray(),
            })).AsList();
}
