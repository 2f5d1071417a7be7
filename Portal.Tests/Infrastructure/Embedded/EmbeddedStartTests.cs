using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Infrastructure.Embedded;

/// <summary>What <c>dotnet run --project Portal</c> does when things are not as they should be.</summary>
public sealed class EmbeddedStartTests
{
    [Fact]
    public async Task Start_FolderOrPortIsTaken_SaysSoInOneSentenceWithTheRemedy()
    {
        await using var first = await EmbeddedPortal.StartAsync();

        await using var sameFolder = first.StartAnother(("ASPNETCORE_URLS", Free()), ("Emulator__Url", Free()), ("Emulator__KubernetesUrl", Free("https")));
        (await sameFolder.ExitAsync()).ShouldBe(1);
        sameFolder.Output.ShouldContain("Portal__DataFolder");
        sameFolder.Output.ShouldNotContain("   at ");

        await using var samePort = first.StartAnother(("Portal__DataFolder", first.DataFolder + "-2"), ("Emulator__Url", Free()), ("Emulator__KubernetesUrl", Free("https")));
        (await samePort.ExitAsync()).ShouldBe(1);
        samePort.Output.ShouldContain(first.Address.Port.ToString(CultureInfo.InvariantCulture));
        samePort.Output.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Start_AfterKill_TakesOverThePostgresThatWasLeftAndKeepsIt()
    {
        await using var portal = await EmbeddedPortal.StartAsync();

        await portal.KillAsync();
        await BringBackToOneRoleAsync(portal.DataFolder);
        await portal.StartAgainAsync();
        portal.Output.ShouldNotContain("only the chain of hashes");

        using var http = new HttpClient();
        (await http.GetStringAsync(new Uri(portal.Address, "/health/ready"))).ShouldContain("Healthy");

        using (var postmaster = Process.GetProcessById(int.Parse(File.ReadLines(Path.Combine(portal.DataFolder, "postgres", "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture)))
            postmaster.Kill();
        await portal.WaitForLineAsync("PostgreSQL has ended; starting it again");
        await portal.WaitForLineAsync("PostgreSQL runs again");
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!(await http.GetAsync(new Uri(portal.Address, "/health/ready"))).IsSuccessStatusCode)
            await timer.WaitForNextTickAsync();
    }

    [Fact]
    public async Task DataFolder_OfARunningPortal_IsReadableByItsOwnersOnly()
    {
        await using var portal = await EmbeddedPortal.StartAsync();

        var files = Directory.GetFiles(portal.DataFolder, "*", SearchOption.AllDirectories);

        files.ShouldContain(file => file.EndsWith("emulator.db", StringComparison.Ordinal));
        files.ShouldContain(file => file.EndsWith("server.log", StringComparison.Ordinal));
        const UnixFileMode others = (UnixFileMode)0b000_111_111;
        files.Where(file => File.Exists(file) && (File.GetUnixFileMode(file) & others) != UnixFileMode.None).ShouldBeEmpty();
    }

    /// <summary>As a version left it in which the programs ran as the server's superuser.</summary>
    private static async Task BringBackToOneRoleAsync(string folder)
    {
        var file = Path.Combine(folder, "secrets.json");
        var secrets = JsonNode.Parse(await File.ReadAllTextAsync(file))!.AsObject();
        secrets.Remove("RuntimePassword").ShouldBeTrue();
        await File.WriteAllTextAsync(file, secrets.ToJsonString());
        await using var owner = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            // The fourth line, as PostgreSQL writes it.
            Port = int.Parse((await File.ReadAllLinesAsync(Path.Combine(folder, "postgres", "data", "postmaster.pid")))[3], CultureInfo.InvariantCulture),
            Database = "portal",
            Username = "portal",
            Password = secrets["PostgresPassword"]!.GetValue<string>(),
            Pooling = false,
        }.ConnectionString);
        await owner.ExecuteAsync("drop owned by portal_app; drop role portal_app; delete from schema_migrations where name = '0042_roles.sql'");
    }

    private static string Free(string scheme = "http") => $"{scheme}://127.0.0.1:{ProgramUnderTest.FreePort()}";
}
