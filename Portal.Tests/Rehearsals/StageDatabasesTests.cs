using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using Portal.Tests.Fixtures;
using Portal.Worker.Rehearsals;

namespace Portal.Tests.Rehearsals;

public sealed class StageDatabasesTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Create_ThenDropOrSweep_LeavesNothing()
    {
        var databases = Databases();
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());

        foreach (var id in new[] { first, second })
        {
            await using var made = new NpgsqlConnection(await databases.CreateAsync(id, default) + ";Pooling=false");
            await made.OpenAsync();
            (await made.ExecuteScalarAsync<string>("show server_encoding")).ShouldBe("UTF8");
        }

        (await CountAsync(first, second)).ShouldBe(2);
        await databases.DropAsync(first, default);
        (await CountAsync(first, second)).ShouldBe(1);
        // What a worker that died has left: nobody plays it.
        await databases.SweepAsync(default);
        (await CountAsync(first, second)).ShouldBe(0);
    }

    [Fact]
    public async Task Create_ByARoleThatMayNot_SaysWhatToDo()
    {
        await using (var connection = new NpgsqlConnection(await PostgresFixture.AsOwnerAsync(postgres.ConnectionString)))
            await connection.ExecuteAsync("drop role if exists modest; create role modest login password 'modest'");
        var modest = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Username = "modest", Password = "modest" }.ConnectionString;

        var error = await Should.ThrowAsync<StageException>(() => Databases(modest).CreateAsync(Guid.NewGuid(), default));

        error.Message.ShouldContain("alter role modest createdb");
    }

    private StageDatabases Databases(string server = "") =>
        new(postgres.Database, new StageConnection(postgres.ConnectionString), Options.Create(new RehearsalOptions { Server = server }));

    private async Task<int> CountAsync(params Guid[] ids)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<int>("select count(*)::int from pg_database where right(datname, 32) = any(@ids)", new { ids = ids.Select(id => id.ToString("N")).ToArray() });
    }
}
