using System.Diagnostics;
using System.Globalization;
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
        await portal.StartAgainAsync();

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

    private static string Free(string scheme = "http") => $"{scheme}://127.0.0.1:{ProgramUnderTest.FreePort()}";
}
