using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Tests.Fixtures;
using Portal.Worker;

namespace Portal.Tests.Persistence;

/// <summary>A database that Portal cannot live in is refused at the start, in a sentence; each program is tried as a process.</summary>
public sealed class UnusableDatabaseTests
{
    public static TheoryData<string> Programs => ["Portal", "Portal.Worker"];

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Start_OnADatabaseThatIsNotUtf8_NamesEncodingAndRemedy(string program)
    {
        var name = "latin_" + Guid.NewGuid().ToString("N");
        await AdministerAsync($"create database {name} encoding 'LATIN1' locale_provider libc locale 'C' template template0");

        var said = await RefusalAsync(program, await ConnectionStringAsync(name));

        said.ShouldContain($"The database '{name}'");
        said.ShouldContain("is encoded in LATIN1");
        said.ShouldContain("encoding 'UTF8'");
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Start_WithTheWrongPassword_SaysWhatToCheck(string program)
    {
        var connectionString = new NpgsqlConnectionStringBuilder(await PostgresFixture.CreateDatabaseAsync()) { Password = "not-this-one" }.ConnectionString;

        var said = await RefusalAsync(program, connectionString);

        said.ShouldContain("check Username and Password in ConnectionStrings__Portal");
        said.ShouldNotContain("not-this-one");
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Start_WithAConnectionStringThatIsNone_DoesNotQuoteIt(string program)
    {
        var said = await RefusalAsync(program, "Host=localhost;Password=half;of-it");

        said.ShouldContain("ConnectionStrings__Portal cannot be read");
        said.ShouldNotContain("of-it");
    }

    [Fact]
    public async Task Start_DatabaseIsMissing_SaysToCreateIt() =>
        (await RefusalAsync("Portal", await ConnectionStringAsync("nowhere"))).ShouldContain("The database 'nowhere' at 127.0.0.1:");

    [Fact]
    public async Task Start_RoleMayNotMakeTables_SaysWhatToGrant()
    {
        var role = "guest_" + Guid.NewGuid().ToString("N");
        await AdministerAsync($"create role {role} login password 'guest'");
        var settings = new NpgsqlConnectionStringBuilder(await PostgresFixture.CreateEmptyDatabaseAsync()) { Username = role, Password = "guest" };

        (await RefusalAsync("Portal", settings.ConnectionString)).ShouldContain("grant create, usage on schema public");
    }

    [Fact]
    public async Task Open_NobodyListens_GivesUpWhenItsPatienceEnds()
    {
        await using var database = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={ProgramUnderTest.FreePort()};Database=portal;Username=portal");

        var refusal = await Should.ThrowAsync<DatabaseUnusableException>(
            () => new DatabaseCheck(database, TimeProvider.System).OpenAsync(TimeSpan.Zero, CancellationToken.None));

        refusal.Message.ShouldContain("cannot be reached (Connection refused)");
        refusal.Message.ShouldContain("start it, or correct Host and Port");
    }

    [Fact]
    public async Task Open_NobodyListensYet_GoesOnWaitingAsLongAsItMay()
    {
        var port = ProgramUnderTest.FreePort();
        await using var database = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={port};Database=portal;Username=portal;Timeout=5");
        var clock = new ManualClock();

        var opening = new DatabaseCheck(database, clock).OpenAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        await clock.SomebodyWaitsAsync();
        opening.IsCompleted.ShouldBeFalse();

        clock.Move(TimeSpan.FromSeconds(31));
        (await Should.ThrowAsync<DatabaseUnusableException>(opening)).Message.ShouldContain($"127.0.0.1:{port}");
    }

    private static async Task<string> RefusalAsync(string name, string connectionString)
    {
        var type = name == "Portal" ? typeof(global::Portal.PortalApp) : typeof(WorkerApp);
        await using var program = ProgramUnderTest.Start(type, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ConnectionStrings__Portal"] = connectionString,
            ["Worker__Helm__Path"] = "/bin/true",
        }, "--urls", "http://127.0.0.1:0");

        (await program.ExitAsync()).ShouldBe(1, program.Output);

        program.Output.ShouldNotContain("   at ");
        return program.Output;
    }

    private static async Task AdministerAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(await ConnectionStringAsync("postgres") + ";Pooling=false");
        await connection.ExecuteAsync(sql);
    }

    private static async Task<string> ConnectionStringAsync(string database) =>
        new NpgsqlConnectionStringBuilder(await PostgresFixture.CreateEmptyDatabaseAsync()) { Database = database }.ConnectionString;
}
