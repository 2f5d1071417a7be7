using Npgsql;

namespace Portal.Tests.Fixtures;

/// <summary>What the other tests stand on.</summary>
public sealed class FixturesTests(PostgresFixture postgres, ChromiumFixture chromium) : IClassFixture<PostgresFixture>, IClassFixture<ChromiumFixture>
{
    [Fact]
    public async Task Postgres_ForAClass_IsMigrated()
    {
        await using var command = postgres.Database.CreateCommand("SELECT count(*) FROM schema_migrations");

        ((long)(await command.ExecuteScalarAsync())!).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Postgres_OneMoreDatabase_IsAnotherOne()
    {
        await using var other = NpgsqlDataSource.Create(await PostgresFixture.CreateDatabaseAsync());
        await using var owner = NpgsqlDataSource.Create(await PostgresFixture.AsOwnerAsync(postgres.ConnectionString));
        await using (var create = owner.CreateCommand("CREATE TABLE mine (id int)"))
            await create.ExecuteNonQueryAsync();

        await using var look = other.CreateCommand("SELECT to_regclass('mine') IS NULL");

        (await look.ExecuteScalarAsync()).ShouldBe(true);
    }

    [Fact]
    public async Task Chromium_OnAPage_RunsItsScript()
    {
        var page = await chromium.Browser.NewPageAsync();

        await page.SetContentAsync("<p id='p'>before</p><script>document.getElementById('p').textContent = 'after'</script>");

        (await page.InnerTextAsync("#p")).ShouldBe("after");
    }
}
