using System.Net;
using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Audit;

/// <summary>A database with one entry that somebody with bad intentions wrote.</summary>
internal static class AuditSamples
{
    public static async Task<string> DatabaseAsync()
    {
        var connection = await PostgresFixture.CreateDatabaseAsync();
        await ExecuteAsync(
            connection,
            """
            insert into targets (name, account_id, region, api_access_cidrs) values ('audited', '000000000000', 'us-east-1', '0.0.0.0/0');
            insert into environments (id, name, target, state, owner_id, owner_name, cidr, specification_version, services, monthly_cost, changed_at, created_at)
            values (gen_random_uuid(), 'shop', 'audited', 'Ready', 'e', 'E', '10.0.0.0/16', 1, 0, 0, now(), now());
            select append_event(id, null, null, 'request.approved', 'Info', '=HYPERLINK("http://elsewhere")', '2026-11-30T10:00:00Z', 'p', '+Grace, "G"', 'Person', '{"v":1,"comment":"ü"}') from environments
            """);
        return connection;
    }

    public static async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.ExecuteAsync(sql);
    }
}

/// <summary>One portal for all of the exports.</summary>
public sealed class AuditPortal : IAsyncLifetime
{
    internal PortalUnderTest Portal { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var database = await AuditSamples.DatabaseAsync();
        await AuditSamples.ExecuteAsync(
            database, "select append_event(e.id, null, null, 'many.one', 'Info', repeat('word ', 20), now(), 'p', 'Ada', 'Person', '{\"v\":1}') from environments e, generate_series(1, 2000)");
        Portal = await PortalUnderTest.StartAsync(database, "Development");
    }

    public async Task DisposeAsync() => await Portal.DisposeAsync();
}

/// <summary>The trail as files.</summary>
public sealed class AuditExportTests(AuditPortal audit) : IClassFixture<AuditPortal>
{
    /// <summary>Together longer than any buffer on the way.</summary>
    private const int Many = 2000;

    private readonly PortalUnderTest _portal = audit.Portal;

    [Fact]
    public async Task Export_Csv_HasNoCellThatASpreadsheetRuns()
    {
        var answer = await (await _portal.SignInAsync("ops")).GetAsync("/audit/export.csv?by=Grace");

        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/csv");
        answer.Content.Headers.ContentDisposition!.FileName.ShouldBe("portal-audit.csv");
        var lines = (await answer.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(2);
        lines[0].ShouldBe("at,environment,number,actor_id,actor_name,actor_kind,kind,severity,message,body,hash,actor_address");
        lines[1].ShouldContain("'=HYPERLINK");
        lines[1].ShouldContain("'+Grace");
    }

    [Fact]
    public async Task Export_JsonLines_IsWhatWasWritten()
    {
        var text = await (await _portal.SignInAsync("ops")).GetStringAsync("/audit/export.jsonl?kind=request.&from=2026-11-30&to=2026-11-30");

        using var entry = JsonDocument.Parse(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem());
        entry.RootElement.GetProperty("message").GetString().ShouldBe("=HYPERLINK(\"http://elsewhere\")");
        entry.RootElement.GetProperty("body").GetProperty("comment").GetString().ShouldBe("ü");
        entry.RootElement.GetProperty("at").GetDateTimeOffset().ShouldBe(new DateTimeOffset(2026, 11, 30, 10, 0, 0, TimeSpan.Zero));
        entry.RootElement.GetProperty("hash").GetString()!.Length.ShouldBe(64);
    }

    [Theory]
    [InlineData("csv", Many + 1)]
    [InlineData("jsonl", Many)]
    public async Task Export_MoreThanABufferHolds_HasAllOfThem(string ending, int lines)
    {
        var text = await (await _portal.SignInAsync("ops")).GetStringAsync($"/audit/export.{ending}?kind=many.");

        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(lines);
    }

    [Fact]
    public async Task Export_DayThatIsNone_IsRefusedInsteadOfExportingEverything()
    {
        var answer = await (await _portal.SignInAsync("ops")).GetAsync("/audit/export.csv?from=yesterday");

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("from 'yesterday'");
    }

    [Theory]
    [InlineData("/audit")]
    [InlineData("/audit/export.csv")]
    [InlineData("/audit/export.jsonl")]
    public async Task Audit_WithoutTheRight_IsNotShown(string address)
    {
        var answer = await (await _portal.SignInAsync("engineer")).GetAsync(address);

        answer.StatusCode.ShouldNotBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync()).ShouldNotContain("HYPERLINK");
    }
}

/// <summary>The command that verifies the trail: the portal as a process.</summary>
public sealed class AuditCommandTests
{
    [Fact]
    public async Task Command_Verify_SaysSoByItsExitCode()
    {
        var database = await AuditSamples.DatabaseAsync();
        (await RunAsync(database, "audit", "verify")).ShouldBe((0, "All 1 entries are as they were written."));
        await AuditSamples.ExecuteAsync(await PostgresFixture.AsOwnerAsync(database), "set session_replication_role = replica; update events set message = 'nothing'");

        var (code, said) = await RunAsync(database, "audit", "verify");

        code.ShouldBe(2);
        said.ShouldContain("shop, entry 1: is not what was written");
    }

    [Fact]
    public async Task Command_Migrate_SaysWhatTheRoleMayDo() =>
        (await RunAsync(await PostgresFixture.CreateDatabaseAsync(), "migrate")).ShouldBe((0, "The database is up to date. The portal's role reads the audit trail and adds to it, and can change nothing in it."));

    [Fact]
    public async Task Command_Unknown_SaysWhatThereIs()
    {
        var (code, said) = await RunAsync("", "audit", "export");

        code.ShouldBe(1);
        said.ShouldContain("'audit export' is not known. What there is: audit verify.");
    }

    private static async Task<(int Code, string Said)> RunAsync(string database, params string[] arguments)
    {
        await using var program = ProgramUnderTest.Start(typeof(global::Portal.PortalApp), new Dictionary<string, string> { ["ConnectionStrings__Portal"] = database }, arguments);
        return (await program.ExitAsync(), program.Output);
    }
}
