using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Portal.Infrastructure.Embedded;
using Portal.Infrastructure.Hosting;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Infrastructure.Embedded;

public sealed class EmbeddedPostgresTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "portal-embedded-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task StartAsync_AfterAStop_FindsTheDataAgain()
    {
        await using (var first = await StartAsync())
        {
            await first.EnsureDatabaseAsync("portal", CancellationToken.None);
            await ExecuteAsync(first, "CREATE TABLE kept AS SELECT 42 AS answer");
        }

        File.Exists(Path.Combine(_folder, "data", "postmaster.pid")).ShouldBeFalse();
        await using var second = await StartAsync();
        await second.EnsureDatabaseAsync("portal", CancellationToken.None);
        (await ExecuteAsync(second, "SELECT answer FROM kept")).ShouldBe(42);
    }

    [Fact]
    public async Task StartAsync_WhereAKilledRunLeftItsServer_AdoptsThatServer()
    {
        await using var left = await StartAsync();

        await using var adopted = await StartAsync();

        adopted.Port.ShouldBe(left.Port);
    }

    [Fact]
    public async Task Keep_ServerIsKilled_RunsAgainOnItsDataAndItsPort()
    {
        await using var server = await StartAsync();
        await server.EnsureDatabaseAsync("portal", CancellationToken.None);
        var port = server.Port;
        var log = new RecordedLog();
        server.Keep(log);

        using (var postmaster = Process.GetProcessById(int.Parse(File.ReadLines(Path.Combine(_folder, "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture)))
            postmaster.Kill();

        await log.WaitAsync("runs again");
        log.Said.ShouldContain(line => line.Contains("has ended; starting it again", StringComparison.Ordinal));
        server.Port.ShouldBe(port);
        (await ExecuteAsync(server, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task StartAsync_WithTheProcessIdOfAnotherProgramInItsPidFile_Starts()
    {
        await (await StartAsync()).DisposeAsync();
        var stale = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n{_folder}\n1\n5432\n");
        await File.WriteAllTextAsync(Path.Combine(_folder, "data", "postmaster.pid"), stale);

        await using var server = await StartAsync();

        (await ExecuteAsync(server, "SELECT 1", "postgres")).ShouldBe(1);
    }

    [Fact]
    public async Task StartAsync_OnDataOfAnotherVersion_SaysSo()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "data"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "data", "PG_VERSION"), "15\n");

        var refusal = await Should.ThrowAsync<CannotStartException>(StartAsync);

        refusal.Message.ShouldContain("PostgreSQL 15");
        refusal.Message.ShouldContain("Portal__DataFolder");
    }

    [Fact]
    public async Task StartAsync_WithTheWrongPassword_IsNotLetIn()
    {
        await using var server = await StartAsync();
        var wrong = new NpgsqlConnectionStringBuilder(server.ConnectionString("postgres")) { Password = "wrong", Pooling = false };
        await using var connection = new NpgsqlConnection(wrong.ConnectionString);

        (await Should.ThrowAsync<PostgresException>(() => connection.OpenAsync())).SqlState.ShouldBe(PostgresErrorCodes.InvalidPassword);
    }

    private Task<EmbeddedPostgres> StartAsync() => EmbeddedPostgres.StartAsync(
        new PostgresOptions(ToolPaths.Find().PostgresBin, _folder, "secret", IsDurable: false), TimeProvider.System, CancellationToken.None);

    private static async Task<object?> ExecuteAsync(EmbeddedPostgres server, string sql, string database = "portal")
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString(database) + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
