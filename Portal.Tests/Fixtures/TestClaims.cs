using Dapper;
using Npgsql;
using Portal.Tests.Provisioning;
using Portal.Worker.Observe;

namespace Portal.Tests.Fixtures;

/// <summary>The right to write what was seen, for tests that do what an observer does.</summary>
internal static class TestClaims
{
    /// <summary>Takes the samples' target over from whoever had it.</summary>
    public static async Task<ObserverClaim> TakeAsync(NpgsqlDataSource database, string owner)
    {
        await using var connection = await database.OpenConnectionAsync();
        var epoch = await connection.ExecuteScalarAsync<long>(
            """
            insert into observers (target, owner, epoch) values (@Name, @owner, 1)
            on conflict (target) do update set owner = excluded.owner, epoch = observers.epoch + 1
            returning epoch
            """, new { Samples.Target.Name, owner });
        return new ObserverClaim(Samples.Target.Name, owner, epoch);
    }
}
