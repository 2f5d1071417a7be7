using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Core.Persistence;

namespace Portal.Tests.Persistence;

public sealed class PreparedStatementsTests
{
    private const string Database = "Host=127.0.0.1;Database=portal";

    /// <summary>A pooler in between may not take prepared statements: whoever has one says so in the connection string.</summary>
    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("", 64, 64)]
    [InlineData(";Max Auto Prepare=0", 64, 0)]
    [InlineData(";MaxAutoPrepare=7", 64, 7)]
    public async Task AddPortalDatabase_ConnectionString_HasTheLastWord(string said, int prepared, int kept)
    {
        await using var services = new ServiceCollection().AddLogging().AddPortalDatabase(Database + said, prepared).BuildServiceProvider();

        new NpgsqlConnectionStringBuilder(services.GetRequiredService<NpgsqlDataSource>().ConnectionString).MaxAutoPrepare.ShouldBe(kept);
    }
}
