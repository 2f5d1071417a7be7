using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;

namespace Portal.Tests.Fixtures;

/// <summary>One of our programs as a process of its own, for tests that kill it.</summary>
internal sealed class ProgramUnderTest : IAsyncDisposable
{
    private const int LinesKept = 500;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _awaited = new(StringComparer.Ordinal);

    private ProgramUnderTest(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The last lines of both streams, for a failure's message.</summary>
    public string Output => string.Join('\n', _lines);

    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <param name="program">A type of the project whose program it is, for example <c>typeof(WorkerApp)</c>.</param>
    /// <param name="settings">Environment variables (<c>Section__Key</c>); those of the test run that would configure it are not passed on.</param>
    public static ProgramUnderTest Start(Type program, IReadOnlyDictionary<string, string> settings, params string[] arguments)
    {
        var assembly = program.Assembly.GetName().Name!;
        return Start(Executable(RepositoryRoot, assembly), Path.Combine(RepositoryRoot, assembly), settings, arguments);
    }

    /// <summary>A portal that is ready. One that does not become so is stopped, with what it started.</summary>
    public static async Task<ProgramUnderTest> StartPortalAsync(IReadOnlyDictionary<string, string> settings)
    {
        var program = Start(typeof(global::Portal.PortalApp), settings);
        try
        {
            await program.WaitForLineAsync("Portal is ready");
            return program;
        }
        catch
        {
            if (!program.HasExited)
                await program.TerminateAsync();
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>One that is not where the build puts it.</summary>
    public static ProgramUnderTest Start(string executable, string folder, IReadOnlyDictionary<string, string> settings, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [executable, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
            Environment = { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["DOTNET_TieredPGO"] = "0" },
        };
        start.Environment.Remove("ASPNETCORE_URLS");
        foreach (var (key, value) in settings)
            start.Environment[key] = value;

        return new ProgramUnderTest(start);
    }

    /// <summary>Folder of Portal.sln.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Completes with the first line, past or future, that contains the text; fails when the program ends before.</summary>
    public async Task<string> WaitForLineAsync(string text)
    {
        var awaited = _awaited.GetOrAdd(text, _ => new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously));
        if (_lines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } earlier)
            return earlier;

        using var ended = new CancellationTokenSource(s_patience, TimeProvider.System);
        var exit = _process.WaitForExitAsync(ended.Token);
        await Task.WhenAny(awaited.Task, exit);
        var late = ended.IsCancellationRequested;
        await ended.CancelAsync();
        return awaited.Task.IsCompleted
            ? await awaited.Task
            : throw new InvalidOperationException($"The program {(late ? "went on for three minutes" : "ended")} without saying '{text}'. It said:\n{Output}");
    }

    /// <summary>SIGKILL: no handler runs and nothing is flushed.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, as a container runtime or systemd sends it.</summary>
    public async Task<int> TerminateAsync()
    {
        await SignalAsync("TERM");
        return await ExitAsync();
    }

    /// <summary>SIGSTOP: it keeps its connections and locks and does nothing, until <see cref="ThawAsync"/>.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    public Task ThawAsync() => SignalAsync("CONT");

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(s_patience, TimeProvider.System);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();

        _process.Dispose();
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;

        _lines.Enqueue(line);
        while (_lines.Count > LinesKept)
            _lines.TryDequeue(out _);

        foreach (var (text, awaited) in _awaited)
        {
            if (line.Contains(text, StringComparison.Ordinal))
                awaited.TrySetResult(line);
        }
    }

    /// <summary>Its own output folder rather than the tests' copy: static web assets and content are beside it.</summary>
    private static string Executable(string root, string assembly)
    {
        // …/Portal.Tests/bin/<configuration>/<framework>/
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(root, assembly, "bin", output.Parent!.Name, output.Name, assembly + ".dll");
    }

    private static string FindRoot()
    {
        var start = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location);
        for (var folder = start is null ? null : new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Portal.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"There is no Portal.sln above {start}.");
    }
}
