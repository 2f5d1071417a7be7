using System.Net.Sockets;
using Npgsql;

namespace Portal.Core.Persistence;

/// <summary>Tells a database that is away, and comes back, from a statement that is wrong, and stays so.</summary>
public static class DatabaseFaults
{
    /// <summary>Whether Postgres cannot be reached, is starting or stopping, has no connection left, or does not answer in time.</summary>
    public static bool IsAway(Exception error)
    {
        // EF wraps what it calls transient in an InvalidOperationException, and what fails while saving in an exception of its own.
        for (var cause = error; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case PostgresException refusal:
                    return IsAway(refusal.SqlState);
                case NpgsqlException or TimeoutException or SocketException:
                    return true;
            }
        }

        return false;
    }

    // Class 08: connection; 57P: shutdown, crash, starting; 53300: too many connections.
    private static bool IsAway(string state) =>
        state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("57P", StringComparison.Ordinal) || state == PostgresErrorCodes.TooManyConnections;
}
