using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Npgsql;

namespace Portal.Benchmarks;

/// <summary>A published portal with nothing configured but ports and folder: its own Postgres, emulator and worker in it.</summary>
internal sealed class PublishedPortal : IAsyncDisposable
{
    private const long Noise = 16 * 1024;

    private readonly Process _process;
    private readonly DirectoryInfo _data;
    private readonly int _heapPort;

    private PublishedPortal(string name, Process process, DirectoryInfo data, Uri address, int heapPort) =>
        (Name, _process, _data, Address, _heapPort) = (name, process, data, address, heapPort);

    /// <summary>What its figures begin with.</summary>
    public string Name { get; }

    public Uri Address { get; }

    /// <summary>Of this checkout, below it: the portal looks for PostgreSQL and Helm in the folders above its own.</summary>
    public static async Task<string> PublishAsync()
    {
        var folder = Path.Combine(Repository.Root, "artifacts", "benchmarks", "portal");
        // Publishing over an older one would keep its files.
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        var start = new ProcessStartInfo("dotnet", ["publish", Path.Combine(Repository.Root, "Portal"), "--configuration", "Release", "--output", folder, "--verbosity", "quiet"]) { UseShellExecute = false, RedirectStandardOutput = true };
        using var publish = Process.Start(start)!;
        var output = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        return publish.ExitCode == 0 ? folder : throw new InvalidOperationException(output);
    }

    public static async Task<PublishedPortal> StartAsync(string name, string folder)
    {
        var data = Directory.CreateTempSubdirectory("portal-pages-");
        // Postgres runs as another user when we are root and has to reach its folder.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(data.FullName, (UnixFileMode)0b111_101_101);
        var (address, heapPort) = (new Uri($"http://127.0.0.1:{Repository.FreePort()}"), Repository.FreePort());
        var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(folder, "Portal.dll"), "--urls", address.ToString()])
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            Environment =
            {
                // The personas to sign in as are there only; static files are to be served as everywhere else.
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["EnableStaticAssetsDevelopmentCaching"] = "true",
                ["ConnectionStrings__Portal"] = "",
                ["Portal__DataFolder"] = data.FullName,
                ["Emulator__Url"] = $"http://127.0.0.1:{Repository.FreePort()}",
                ["Emulator__KubernetesUrl"] = $"https://127.0.0.1:{Repository.FreePort()}",
                ["Emulator__ClockScale"] = "300",
                ["Portal__SignIn__Sessions__OpenPages"] = "1000",
                ["DOTNET_STARTUP_HOOKS"] = typeof(PublishedPortal).Assembly.Location,
                ["DOTNET_gcServer"] = "0",
                // What the pool of arrays keeps for whoever comes next is no circuit's.
                ["DOTNET_SYSTEM_BUFFERS_SHAREDARRAYPOOL_MAXPARTITIONCOUNT"] = "1",
                ["DOTNET_SYSTEM_BUFFERS_SHAREDARRAYPOOL_MAXARRAYSPERPARTITION"] = "1",
                [StartupHook.PortVariable] = heapPort.ToString(CultureInfo.InvariantCulture),
            },
        })!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains("Portal is ready", StringComparison.Ordinal))
            {
                // Whatever else it says is read and let go, or it would wait for a reader.
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
                return new PublishedPortal(name, process, data, address, heapPort);
            }
        }

        throw new InvalidOperationException($"The portal in {folder} ended without being ready.");
    }

    /// <summary>Its own Postgres.</summary>
    public NpgsqlDataSource OpenDatabase()
    {
        using var secrets = JsonDocument.Parse(File.ReadAllText(Path.Combine(_data.FullName, "secrets.json")));
        return NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            // The fourth line, as PostgreSQL writes it.
            Port = int.Parse(File.ReadLines(Path.Combine(_data.FullName, "postgres", "data", "postmaster.pid")).ElementAt(3), CultureInfo.InvariantCulture),
            Username = "portal",
            Password = secrets.RootElement.GetProperty("PostgresPassword").GetString(),
            Database = "portal",
        }.ConnectionString);
    }

    /// <summary>Bytes alive when it gets no less: a circuit that was left takes a moment to end.</summary>
    public async Task<long> HeapAsync()
    {
        var least = await CollectAsync();
        for (var still = 0; still < 3; still++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            var now = await CollectAsync();
            if (now < least - Noise)
                still = -1;
            least = Math.Min(least, now);
        }

        return least;
    }

    public async ValueTask DisposeAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _data.Delete(recursive: true);
    }

    private async Task<long> CollectAsync()
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", _heapPort);
        using var reader = new StreamReader(client.GetStream());
        return long.Parse(await reader.ReadToEndAsync(), CultureInfo.InvariantCulture);
    }
}
