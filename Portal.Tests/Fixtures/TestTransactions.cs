using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Core.Persistence;

namespace Portal.Tests.Fixtures;

/// <summary>Transactions for tests that put the parts together by hand.</summary>
internal static class TestTransactions
{
    /// <param name="send">Hears what is told; null for nobody.</param>
    public static Transactions On(NpgsqlDataSource database, SendChanges? send = null) =>
        new(database, new Announcer(send ?? ((_, _) => Task.CompletedTask), TimeProvider.System, NullLogger<Announcer>.Instance));
}
