using System.Diagnostics;
using Npgsql;
using Portal.Core.Provisioning;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Templates;

/// <summary>What the jobs run that make services' users: PostgreSQL's statements in a real one, and both scripts with a client that tells what it got.</summary>
public sealed class DatabaseUserScriptTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private const string Password = "Abc123";

    [Fact]
    public async Task PostgreSql_UsersOfOneDatabase_MayDoWhatTheyAreFor()
    {
        var master = $"master_{Guid.NewGuid():N}";
        var (writer, reader) = ($"app_writer_{master[7..15]}", $"app_reader_{master[7..15]}");
        var owner = await PostgresFixture.AsOwnerAsync(postgres.ConnectionString);
        await ExecuteAsync(owner, $"create role {master} login createrole createdb password '{Password}'");
        var name = new NpgsqlConnectionStringBuilder(postgres.ConnectionString).Database;
        await ExecuteAsync(owner, $"alter database {name} owner to {master}");
        // As RDS has it: nobody but the owner of the database makes anything in it.
        await ExecuteAsync(owner, "alter schema public owner to pg_database_owner; revoke create on schema public from public");
        var admin = As(master);
        await ExecuteAsync(admin, "create table old (id serial primary key, x int); insert into old (x) values (1)");

        await RunAsync(admin, writer, "full", "keep.sql");
        await RunAsync(admin, reader, "read", "keep.sql");
        // Again, as after a change: nothing is refused because it is there.
        await RunAsync(admin, writer, "full", "keep.sql");

        // What the master made before is theirs to migrate, and what they make the master's sessions can still use.
        await ExecuteAsync(As(writer), "alter table old add column y int; create schema more; create table more.t (id int); insert into more.t values (7); create table fresh (id int)");
        await ExecuteAsync(admin, "insert into fresh values (1)");
        (await ScalarAsync(As(reader), "select id from more.t")).ShouldBe(7);
        (await ScalarAsync(As(reader), "select x from old")).ShouldBe(1);
        foreach (var refused in (string[])["insert into old (x) values (2)", "delete from more.t", "create table mine (id int)", "drop table fresh", "set role portal_full"])
            (await Should.ThrowAsync<PostgresException>(() => ExecuteAsync(As(reader), refused))).SqlState.ShouldBeOneOf("42501", "28000");
        foreach (var refused in (string[])[$"drop database {name}", "create role other", $"alter role {reader} password 'x'"])
            await Should.ThrowAsync<PostgresException>(() => ExecuteAsync(As(writer), refused));

        // Who read may write, and goes without what it made.
        await RunAsync(admin, reader, "full", "keep.sql");
        await ExecuteAsync(As(reader), "create table kept (id int)");
        await RunAsync(admin, reader, "full", "drop.sql");
        await RunAsync(admin, reader, "full", "drop.sql");

        (await ScalarAsync(admin, $"select count(*)::int from pg_roles where rolname = '{reader}'")).ShouldBe(0);
        await ExecuteAsync(As(writer), "drop table kept");
        (await ScalarAsync(admin, $"select count(*)::int from pg_database where datname = current_database() and datdba = '{master}'::regrole")).ShouldBe(1);
    }

    [Fact]
    public async Task PostgreSql_PasswordThatIsRefused_IsNotQuoted()
    {
        // Who may make no roles.
        var weak = $"weak_{Guid.NewGuid():N}";
        await ExecuteAsync(await PostgresFixture.AsOwnerAsync(postgres.ConnectionString), $"create role {weak} login password '{Password}'; do $$ begin create role portal_full; exception when duplicate_object then null; end $$");

        var error = await Should.ThrowAsync<PostgresException>(() => RunAsync(As(weak), $"app_{weak[..10]}", "full", "keep.sql"));

        error.ToString().ShouldNotContain(Secret);
    }

    [Theory]
    [InlineData("mysql", "keep", "full", "GRANT INSERT, UPDATE, DELETE, CREATE,")]
    [InlineData("mysql", "keep", "read", "REVOKE INSERT, UPDATE, DELETE, CREATE,")]
    [InlineData("mysql", "drop", "full", "DROP USER IF EXISTS 'app_shop'@'%';")]
    [InlineData("postgresql", "keep", "full", "keep.psql")]
    public async Task Script_AnyDatabase_HasNoPasswordOnACommandLineOrInWhatItWrites(string kind, string word, string access, string does)
    {
        var folder = Directory.CreateTempSubdirectory("portal-user-");
        try
        {
            var (given, written) = await RunScriptAsync(folder.FullName, kind, word, access);

            given.ShouldContain(does);
            var commandLine = given.Split('\n').First(line => line.StartsWith("ARGUMENTS", StringComparison.Ordinal));
            foreach (var password in (string[])["m4ster$\\'s", Secret])
            {
                commandLine.ShouldNotContain(password);
                written.ShouldNotContain(password);
            }

            given.ShouldContain("PASSWORD m4ster$\\'s", Case.Sensitive, "the master's, letter by letter");
            if (kind == "mysql" && word == "keep")
                given.ShouldContain($"GRANT SELECT, SHOW VIEW ON `shop\\_db`.* TO 'app_shop'@'%';");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private const string Secret = "s3cretOfTheUser";

    private static IReadOnlyDictionary<string, string> Files(string kind) => Samples.Catalog.DatabaseUsers.Single(one => one.Id == kind).Files;

    // As psql does it, but for the parameters, which Npgsql brings itself.
    private static async Task RunAsync(string connectionString, string user, string access, string file)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using (var settings = new NpgsqlCommand("select set_config('portal.user', $1, false), set_config('portal.password', $2, false), set_config('portal.access', $3, false)", connection)
        {
            Parameters = { new() { Value = user }, new() { Value = user.StartsWith("app_weak", StringComparison.Ordinal) ? Secret : Password }, new() { Value = access } },
        })
        {
            await settings.ExecuteNonQueryAsync();
        }

        await using var command = new NpgsqlCommand(Files("postgresql")[file], connection);
        await command.ExecuteNonQueryAsync();
    }

    private string As(string role) => new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Username = role, Password = Password, Pooling = false }.ConnectionString;

    private static async Task ExecuteAsync(string connectionString, string sql) => await ScalarAsync(connectionString, sql);

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<(string Given, string Written)> RunScriptAsync(string folder, string kind, string word, string access)
    {
        foreach (var (place, text) in new[] { ("master/username", "portal"), ("master/password", "m4ster$\\'s"), ("user/username", "app_shop"), ("user/password", Secret) })
        {
            Directory.CreateDirectory(Path.Combine(folder, Path.GetDirectoryName(place)!));
            await File.WriteAllTextAsync(Path.Combine(folder, place), text);
        }

        var (client, log) = (Path.Combine(folder, kind == "mysql" ? "mysql" : "psql"), Path.Combine(folder, "given"));
        await File.WriteAllTextAsync(client, $"#!/bin/sh\n{{ echo \"ARGUMENTS $*\"; printf 'PASSWORD %s\\n' \"${{MYSQL_PWD-$PGPASSWORD}}\"; cat; }} > {log}\n");
        File.SetUnixFileMode(client, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await File.WriteAllTextAsync(Path.Combine(folder, "user.sh"), Files(kind)["user.sh"].Replace("/portal/", folder + "/", StringComparison.Ordinal));
        var start = new ProcessStartInfo("sh") { ArgumentList = { Path.Combine(folder, "user.sh"), word }, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        start.Environment["PATH"] = $"{folder}:{start.Environment["PATH"]}";
        foreach (var (name, value) in new[] { ("DATABASE_HOST", "db.local"), ("DATABASE_PORT", "1"), ("DATABASE_NAME", "shop_db"), ("DATABASE_USER", "app_shop"), ("DATABASE_ACCESS", access) })
            start.Environment[name] = value;
        using var script = Process.Start(start)!;
        script.StandardInput.Close();
        var written = await script.StandardOutput.ReadToEndAsync() + await script.StandardError.ReadToEndAsync();
        await script.WaitForExitAsync();
        script.ExitCode.ShouldBe(0, written);
        return (await File.ReadAllTextAsync(log), written);
    }
}
