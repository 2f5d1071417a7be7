namespace Portal.Tests.Fixtures;

/// <summary>The whole product as one process, as <c>dotnet run --project Portal</c> starts it, in a folder and on ports of its own.</summary>
internal sealed class EmbeddedPortal : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly Dictionary<string, string> _settings;
    private ProgramUnderTest _program;

    private EmbeddedPortal(DirectoryInfo folder, Dictionary<string, string> settings, ProgramUnderTest program, Uri address, Uri emulator) =>
        (_folder, _settings, _program, Address, Emulator) = (folder, settings, program, address, emulator);

    public Uri Address { get; }

    public Uri Emulator { get; }

    public string DataFolder => _folder.FullName;

    /// <param name="changes">Settings besides its own, or instead of them.</param>
    public static async Task<EmbeddedPortal> StartAsync(params (string Key, string Value)[] changes)
    {
        var folder = Directory.CreateTempSubdirectory("portal-story-");
        // Postgres runs as another user when we are root and has to reach its folder.
        File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        var emulator = $"http://127.0.0.1:{ProgramUnderTest.FreePort()}";
        var address = $"http://127.0.0.1:{ProgramUnderTest.FreePort()}";
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ASPNETCORE_URLS"] = address,
            ["ConnectionStrings__Portal"] = "",
            ["Portal__DataFolder"] = folder.FullName,
            ["Emulator__Url"] = emulator,
            ["Emulator__KubernetesUrl"] = $"https://127.0.0.1:{ProgramUnderTest.FreePort()}",
        };
        foreach (var (key, value) in changes)
            settings[key] = value;
        var program = await ProgramUnderTest.StartPortalAsync(settings);
        return new EmbeddedPortal(folder, settings, program, new Uri(settings["ASPNETCORE_URLS"]), new Uri(emulator));
    }

    public int ProcessId => _program.ProcessId;

    /// <summary>What it said last.</summary>
    public string Output => _program.Output;

    /// <summary>Another one with the same settings, but what is given; not waited for.</summary>
    public ProgramUnderTest StartAnother(params (string Key, string Value)[] changes)
    {
        var settings = new Dictionary<string, string>(_settings, StringComparer.Ordinal);
        foreach (var (key, value) in changes)
            settings[key] = value;
        return ProgramUnderTest.Start(typeof(global::Portal.PortalApp), settings);
    }

    public Task WaitForLineAsync(string text) => _program.WaitForLineAsync(text);

    /// <summary>SIGKILL: Postgres is left behind.</summary>
    public Task KillAsync() => _program.KillAsync();

    public async Task StartAgainAsync()
    {
        await _program.DisposeAsync();
        _program = await ProgramUnderTest.StartPortalAsync(_settings);
    }

    /// <summary>SIGTERM, then the same again on the same folder.</summary>
    public async Task RestartAsync()
    {
        (await _program.TerminateAsync()).ShouldBe(0, _program.Output);
        await StartAgainAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_program.HasExited)
            await _program.TerminateAsync();
        await _program.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
