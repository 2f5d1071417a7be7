using Portal.Core;
using Portal.Core.Persistence;

namespace Portal.Infrastructure.Live;

/// <summary>The database did not answer; whether it still did what was asked shows when it is asked again.</summary>
public sealed record DatabaseAway() : Refusal(
    "database_away", "The database did not answer. What you typed is kept. Press again when it is back: whatever happened, it is done once only.");

/// <summary>A desk's way to a database that may be away: reads wait for it, writes say that it did not answer. So no page has to know.</summary>
public sealed class DatabaseReach(LiveConnection connection, TimeProvider clock)
{
    /// <summary>Between two tries of a read.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Whether it is the database that is away, and not the statement that is wrong.</summary>
    public static bool IsAway(Exception error) => DatabaseFaults.IsAway(error);

    /// <summary>Reads, however long the database is away; meanwhile the page keeps what it shows and the header says so.</summary>
    public async Task<T> ReadAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        IDisposable? waiting = null;
        try
        {
            while (true)
            {
                try
                {
                    return await read(cancellationToken);
                }
                catch (Exception error) when (IsAway(error))
                {
                    waiting ??= connection.Unanswered();
                }

                await Task.Delay(Pause, clock, cancellationToken);
            }
        }
        finally
        {
            waiting?.Dispose();
        }
    }

    /// <summary>A database that is away becomes a refusal. Only for what may be asked twice and happens once.</summary>
    public async Task<Outcome<T>> WriteAsync<T>(Func<Task<Outcome<T>>> write)
    {
        try
        {
            return await write();
        }
        catch (Exception error) when (IsAway(error))
        {
            return new DatabaseAway();
        }
    }
}
