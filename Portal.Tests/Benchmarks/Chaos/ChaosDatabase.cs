using Npgsql;
using Portal.Core.Persistence;

namespace Portal.Benchmarks.Chaos;

internal static class ChaosDatabase
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Reads, however long the database is away.</summary>
    public static async Task<T> ReadAsync<T>(this Installation installation, Func<NpgsqlConnection, Task<T>> read)
    {
        while (true)
        {
            try
            {
                await using var connection = await installation.Database.OpenConnectionAsync();
                return await read(connection);
            }
            catch (Exception error) when (DatabaseFaults.IsAway(error))
            {
                await Task.Delay(s_pause, TimeProvider.System);
            }
        }
    }
}
