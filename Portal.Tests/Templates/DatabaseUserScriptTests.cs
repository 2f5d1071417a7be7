using System.Diagnostics;
using Npgsql;
using Portal.Core.Provisioning;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Templates;

/// <summary>What the jobs run that make services' users: PostgreSQL's statements in a real one, and each script with a client that tells what it got.</summary>
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
    [InlineData("mysql", "keep", "full", "GRANT INSERT, UPDATE, DELETE, CREATE,", "PASSWORD m4ster$\\'s")]
    [InlineData("mysql", "keep", "read", "REVOKE INSERT, UPDATE, DELETE, CREATE,", "GRANT SELECT, SHOW VIEW ON `shop\\_db`.* TO 'app_shop'@'%';")]
    [InlineData("mysql", "drop", "full", "DROP USER IF EXISTS 'app_shop'@'%';", "PASSWORD m4ster$\\'s")]
    [InlineData("postgresql", "keep", "full", "keep.psql", "PASSWORD m4ster$\\'s")]
    [InlineData("documentdb", "keep", "full", """createUser [{"user":"app_shop","pwd":"s3cretOfTheUser","roles":[{"role":"readWriteAnyDatabase","db":"admin"}]}]""", "mongodb://portal:m4ster%24%5C's@db.local:1/?authSource=admin&replicaSet=rs0&retryWrites=false&tls=true&tlsCAFile=")]
    // Who is there already.
    [InlineData("documentdb", "keep", "read", """updateUser ["app_shop",{"pwd":"s3cretOfTheUser","roles":[{"role":"readAnyDatabase","db":"admin"}]}]""", "BUNDLE the authorities")]
    [InlineData("documentdb", "drop", "full", """dropUser ["app_shop"]""", "BUNDLE the authorities")]
    [InlineData("rabbitmq", "keep", "full", "--request PUT https://db.local:1/api/permissions/%2F/app_shop", """data = "{\"configure\":\".*\",\"write\":\".*\",\"read\":\".*\"}""")]
    [InlineData("rabbitmq", "keep", "full", "--request PUT https://db.local:1/api/users/app_shop", """data = "{\"password\":\"s3cretOfTheUser\",\"tags\":\"\"}""")]
    [InlineData("rabbitmq", "drop", "full", "--request DELETE https://db.local:1/api/users/app_shop", """user = "portal:m4ster$\\'s""")]
    public async Task Script_AnyDatabase_HasNoPasswordOnACommandLineOrInWhatItWrites(string kind, string word, string access, string does, string with)
    {
        var (exitCode, given, written) = await RunScriptAsync(kind, word, access);

        exitCode.ShouldBe(0, written);
        given.ShouldContain(does);
        given.ShouldContain(with, Case.Sensitive);
        var commandLines = given.Split('\n').Where(line => line.StartsWith("ARGUMENTS", StringComparison.Ordinal)).ToList();
        commandLines.ShouldNotBeEmpty();
        foreach (var password in (string[])["m4ster$\\'s", Secret])
        {
            commandLines.ShouldAllBe(line => !line.Contains(password));
            written.ShouldNotContain(password);
        }
    }

    [Theory]
    [InlineData("rabbitmq", "keep", "The broker answered PUT users/app_shop with 401.")]
    [InlineData("rabbitmq", "drop", "The broker answered DELETE users/app_shop with 401.")]
    [InlineData("documentdb", "keep", "could not be had of https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem: it answered with 401.")]
    public async Task Script_WhoIsAskedRefuses_FailsAndSaysSo(string kind, string word, string says)
    {
        var (exitCode, _, written) = await RunScriptAsync(kind, word, "full", answer: 401);

        exitCode.ShouldNotBe(0);
        written.ShouldContain(says);
        written.ShouldNotContain("is as asked for");
    }

    /// <summary>A broker that never had the user, or whose user went at the first try.</summary>
    [Fact]
    public async Task Script_BrokerWithoutTheUser_HasNothingToTakeAway() =>
        (await RunScriptAsync("rabbitmq", "drop", "full", answer: 404)).ExitCode.ShouldBe(0);

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

    // What tells what it got: PostgreSQL's and MySQL's own clients, curl, and mongosh, which runs the script in Node.
    private static (string Name, string Text) Client(string kind, string log, int answer) => kind switch
    {
        "mysql" or "postgresql" => (kind == "mysql" ? "mysql" : "psql", $"#!/bin/sh\n{{ echo \"ARGUMENTS $*\"; printf 'PASSWORD %s\\n' \"${{MYSQL_PWD-$PGPASSWORD}}\"; cat; }} > {log}\n"),
        "rabbitmq" => ("curl", $"#!/bin/sh\n{{ echo \"ARGUMENTS $*\"; cat; }} >> {log}\nprintf {answer}\n"),
        _ => ("mongosh", $$"""
            #!/usr/bin/env node
            const { appendFileSync, readFileSync } = require('fs');
            const tell = line => appendFileSync('{{log}}', line + '\n');
            tell(`ARGUMENTS ${process.argv.slice(2).join(' ')}`);
            const answer = { statusCode: {{answer}}, setEncoding: () => answer, on: (what, then) => { if (what === 'data') then('the authorities'); if (what === 'end') then(); return answer; } };
            const request = { on: () => request };
            const modules = { https: { get: (url, options, then) => { then(answer); return request; } }, fs: { readFileSync, writeFileSync: (path, text) => tell(`BUNDLE ${text}`) } };
            const isThere = process.env.DATABASE_ACCESS === 'read' || process.env.WORD === 'drop';
            const admin = new Proxy({}, { get: (_, name) => (...words) => { tell(`${name} ${JSON.stringify(words)}`); return { users: isThere ? [{}] : [] }; } });
            class Mongo { constructor(address) { tell(address); } getDB(name) { return name === 'admin' ? admin : null; } }
            new Function('require', 'Mongo', readFileSync(process.argv.at(-1), 'utf8'))(name => modules[name], Mongo);
            """),
    };

    private static async Task<(int ExitCode, string Given, string Written)> RunScriptAsync(string kind, string word, string access, int? answer = null)
    {
        var folder = Directory.CreateTempSubdirectory("portal-user-");
        try
        {
            string At(string place) => Path.Combine(folder.FullName, place);
            foreach (var (place, text) in new[] { ("master/username", "portal"), ("master/password", "m4ster$\\'s"), ("user/username", "app_shop"), ("user/password", Secret) })
            {
                Directory.CreateDirectory(Path.GetDirectoryName(At(place))!);
                await File.WriteAllTextAsync(At(place), text);
            }

            var (name, client) = Client(kind, At("given"), answer ?? (kind == "documentdb" ? 200 : 204));
            await File.WriteAllTextAsync(At(name), client);
            File.SetUnixFileMode(At(name), UnixFileMode.UserRead | UnixFileMode.UserExecute);
            foreach (var (file, text) in Files(kind))
                await File.WriteAllTextAsync(At(file), text.Replace("/portal/", folder.FullName + "/", StringComparison.Ordinal));
            var start = new ProcessStartInfo("sh") { ArgumentList = { At("user.sh"), word }, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
            start.Environment["PATH"] = $"{folder.FullName}:{start.Environment["PATH"]}";
            foreach (var (variable, value) in new[] { ("DATABASE_HOST", "db.local"), ("DATABASE_PORT", "1"), ("DATABASE_NAME", "shop_db"), ("DATABASE_USER", "app_shop"), ("DATABASE_ACCESS", access) })
                start.Environment[variable] = value;
            using var script = Process.Start(start)!;
            script.StandardInput.Close();
            var error = script.StandardError.ReadToEndAsync();
            var written = await script.StandardOutput.ReadToEndAsync() + await error;
            await script.WaitForExitAsync();
            return (script.ExitCode, await File.ReadAllTextAsync(At("given")), written);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
