using System.Diagnostics;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Infrastructure;

/// <summary>What the portal's image holds: its project published with the arguments of its Dockerfile.</summary>
public sealed class ContainerPublishTests(ContainerPublishTests.Published published) : IClassFixture<ContainerPublishTests.Published>
{
    private static readonly string[] s_foreign = ["Portal.Worker", "Portal.Emulator", "AWSSDK", "KubernetesClient", "Sqlite"];

    [Fact]
    public void Folder_OfTheImage_HoldsNothingOfWorkerAndEmulator()
    {
        var files = published.Files();

        files.ShouldContain("Portal.dll");
        files.ShouldContain("Portal.Core.dll");
        files.Where(file => Array.Exists(s_foreign, name => file.Contains(name, StringComparison.OrdinalIgnoreCase))).ShouldBeEmpty();
        files.Where(file => file.Contains(".lock.", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void Dependencies_OfTheImage_NameNothingOfWorkerAndEmulator()
    {
        var dependencies = File.ReadAllText(Path.Combine(published.Folder, "Portal.deps.json"));

        dependencies.ShouldContain("Portal.Core");
        s_foreign.Where(name => dependencies.Contains(name, StringComparison.OrdinalIgnoreCase)).ShouldBeEmpty();
    }

    [Fact]
    public void StaticAssets_OfTheImage_EachHaveTheirCompressedFormsBeside()
    {
        var assets = published.Files().Where(file => file.StartsWith("wwwroot/", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        var plain = assets.Where(file => !file.EndsWith(".br", StringComparison.Ordinal) && !file.EndsWith(".gz", StringComparison.Ordinal)).ToList();

        plain.ShouldContain(file => file.Contains("blazor.web", StringComparison.Ordinal));
        plain.ShouldContain(file => file.Contains("MudBlazor.min", StringComparison.Ordinal) && file.EndsWith(".css", StringComparison.Ordinal));
        plain.Where(file => !assets.Contains(file + ".br") || !assets.Contains(file + ".gz")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Start_WithoutADatabase_IsRefusedInOneSentence()
    {
        await using var portal = ProgramUnderTest.Start(
            Path.Combine(published.Folder, "Portal.dll"), published.Folder,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["ConnectionStrings__Portal"] = "" }, "--urls", "http://127.0.0.1:0");

        (await portal.ExitAsync()).ShouldBe(1, portal.Output);

        portal.Output.ShouldStartWith("Portal cannot start. ConnectionStrings__Portal is empty: give the Postgres to use");
        portal.Output.ShouldNotContain("   at ");
    }

    /// <summary>Published once for the class, into a folder of its own: the other tests run from bin and obj.</summary>
    public sealed class Published : IAsyncLifetime
    {
        private readonly DirectoryInfo _artifacts = Directory.CreateTempSubdirectory("portal-publish-");

        public string Folder => Path.Combine(_artifacts.FullName, "app");

        public IReadOnlyList<string> Files() => [.. Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Folder, file))];

        public async Task InitializeAsync()
        {
            // The analyzers have seen this code in the ordinary build; servers that outlive the build would hold its output open.
            var start = new ProcessStartInfo("dotnet",
            [
                .. Arguments(), "--output", Folder, "--artifacts-path", _artifacts.FullName, "-nodeReuse:false",
                "-p:UseSharedCompilation=false", "-p:RunAnalyzers=false", "-p:EnforceCodeStyleInBuild=false",
            ])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                WorkingDirectory = ProgramUnderTest.RepositoryRoot,
            };
            using var publish = Process.Start(start)!;
            var output = await publish.StandardOutput.ReadToEndAsync();
            await publish.WaitForExitAsync();
            publish.ExitCode.ShouldBe(0, output);
        }

        public Task DisposeAsync()
        {
            _artifacts.Delete(recursive: true);
            return Task.CompletedTask;
        }

        private static string[] Arguments()
        {
            const string before = "RUN dotnet ";
            var line = File.ReadLines(Path.Combine(ProgramUnderTest.RepositoryRoot, "Portal", "Dockerfile")).Single(line => line.StartsWith(before, StringComparison.Ordinal));
            return [.. line[before.Length..].Split(' ').Where(word => word is not ("--output" or "/app"))];
        }
    }
}
