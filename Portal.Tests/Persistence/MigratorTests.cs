using Dapper;
using Npgsql;
using Portal.Core.Audit;
using Portal.Core.Persistence;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Persistence;

/// <summary>Two roles: one that the tables belong to and nobody else knows, one that portals and workers run as.</summary>
public sealed class MigratorTests
{
    [Fact]
    public async Task Migrate_OfAnInstallationWithOneRole_LetsASecondInAndTakesNothingFromTheFirst()
    {
        var owner = await PostgresFixture.CreateEmptyDatabaseAsync();
        var logins = new DatabaseLogins(new NpgsqlConnectionStringBuilder(owner) { Username = $"It's \"{Guid.NewGuid():N}\"", Password = "ö it's; \"quoted\"" }.ConnectionString, owner);
        await using var one = NpgsqlDataSource.Create(owner);
        await Migrator.MigrateAsync(one, new DatabaseLogins(owner), TimeProvider.System, default);
        (await TrailProtection.WeaknessAsync(one, default)).ShouldNotBeNull();

        await using var runtime = NpgsqlDataSource.Create(logins.Portal);
        await Migrator.MigrateAsync(runtime, logins, TimeProvider.System, default);

        (await TrailProtection.WeaknessAsync(runtime, default)).ShouldBeNull();
        // Who does not know the owner finds everything done, and so does who is it.
        await Migrator.MigrateAsync(runtime, logins with { Migrations = null }, TimeProvider.System, default);
        await Migrator.MigrateAsync(one, new DatabaseLogins(owner, owner), TimeProvider.System, default);
    }

    [Fact]
    public async Task Migrate_ByAnOwnerThatMakesNoRoles_NeedsTheOtherToBeThere()
    {
        var name = $"own_{Guid.NewGuid():N}";
        var superuser = await PostgresFixture.CreateEmptyDatabaseAsync();
        await ExecuteAsync(superuser, $"create role {name} login password 'own'; do $$ begin execute format('alter database %I owner to {name}', current_database()); end $$");
        var settings = new NpgsqlConnectionStringBuilder(superuser) { Username = name, Password = "own" };
        var logins = new DatabaseLogins(new NpgsqlConnectionStringBuilder(superuser) { Username = $"{name}_app", Password = "app" }.ConnectionString, settings.ConnectionString);
        await using var runtime = NpgsqlDataSource.Create(logins.Portal);

        (await Should.ThrowAsync<DatabaseUnusableException>(Migrator.MigrateAsync(runtime, logins, TimeProvider.System, default))).Message.ShouldContain($"run \"create role {name}_app login createdb password");
        await ExecuteAsync(superuser, $"create role {name}_app login password 'app'");
        await Migrator.MigrateAsync(runtime, logins, TimeProvider.System, default);

        (await TrailProtection.WeaknessAsync(runtime, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Migrate_TablesAreAnothers_WaitsForWhoeverBringsThemUpToDate()
    {
        var logins = new DatabaseLogins(await PostgresFixture.CreateDatabaseAsync());
        var owner = await PostgresFixture.AsOwnerAsync(logins.Portal);
        await using var runtime = NpgsqlDataSource.Create(logins.Portal);
        await ExecuteAsync(owner, "delete from schema_migrations where name = '0042_roles.sql'");
        var clock = new ManualClock();

        var starting = Migrator.MigrateAsync(runtime, logins, clock, default);
        await clock.SomebodyWaitsAsync();
        starting.IsCompleted.ShouldBeFalse();
        clock.Move(TimeSpan.FromSeconds(31));
        (await Should.ThrowAsync<DatabaseUnusableException>(starting)).Message.ShouldContain("0042_roles.sql has not been run");

        starting = Migrator.MigrateAsync(runtime, logins, clock, default);
        await clock.SomebodyWaitsAsync();
        await Migrator.MigrateAsync(runtime, logins with { Migrations = owner }, TimeProvider.System, default);
        clock.Move(TimeSpan.FromSeconds(1));
        await starting;
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.ExecuteAsync(sql);
    }
}
