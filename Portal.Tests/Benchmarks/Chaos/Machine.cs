using System.Globalization;
using Portal.Tests.Fixtures;

namespace Portal.Benchmarks.Chaos;

/// <summary>A program of ours that is started again whenever it ends, as by systemd or an orchestrator; always at the same address.</summary>
internal sealed class Machine : IAsyncDisposable
{
    private const int LinesTold = 40;

    private readonly Type _program;
    private readonly Dictionary<string, string> _settings;
    private readonly Action<string> _broken;
    private readonly string? _logs;
    // Whoever strikes it and whoever keeps it going come one after the other.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private ProgramUnderTest _running;

    /// <param name="broken">Told where it ended by itself.</param>
    /// <param name="logs">Folder for what it says; null forgets it.</param>
    public Machine(string name, Type program, Dictionary<string, string> settings, Action<string> broken, string? logs)
    {
        (Name, _program, _settings, _broken, _logs) = (name, program, settings, broken, logs);
        Url = new Uri($"http://127.0.0.1:{Repository.FreePort()}");
        _running = Start();
    }

    public string Name { get; }

    public Uri Url { get; }

    /// <summary>How the ids of a worker begin that is this process (<c>workers.id</c>).</summary>
    public string WorkerId => WorkerIds[^1];

    /// <summary>Of all the processes that it has been.</summary>
    public List<string> WorkerIds { get; } = [];

    public Task WaitForLineAsync(string text) => _running.WaitForLineAsync(text);

    /// <summary>SIGKILL, and a new one at once.</summary>
    public Task KillAsync() => InTurnAsync(async () =>
    {
        var ended = _running.HasExited;
        await _running.KillAsync();
        Look(isKilled: !ended);
        await StartAgainAsync();
    });

    /// <summary>SIGTERM, and a new one when it has ended.</summary>
    public Task RestartAsync() => InTurnAsync(async () =>
    {
        await KeepGoingAsync();
        await _running.TerminateAsync();
        Look();
        await StartAgainAsync();
    });

    public Task FreezeAsync() => _running.FreezeAsync();

    public Task ThawAsync() => _running.ThawAsync();

    /// <summary>A program may end by itself only where it could not start, and says so in a sentence; it is started again.</summary>
    public Task KeepAsync() => InTurnAsync(KeepGoingAsync);

    public async ValueTask DisposeAsync()
    {
        var ended = _running.HasExited;
        if (!ended)
            await _running.KillAsync();
        Look(isKilled: !ended);
        await _running.DisposeAsync();
        _turn.Dispose();
    }

    private async Task InTurnAsync(Func<Task> act)
    {
        await _turn.WaitAsync();
        try
        {
            await act();
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task KeepGoingAsync()
    {
        if (!_running.HasExited)
            return;
        Look();
        await StartAgainAsync();
    }

    private void Look(bool isKilled = false)
    {
        var output = _running.Output;
        if (_logs is not null)
            File.AppendAllText(Path.Combine(_logs, Name.Replace(' ', '-') + ".log"), $"{output}\n----\n");
        if (output.Contains("Unhandled exception", StringComparison.Ordinal) || (!isKilled && _running.ExitCode != 0 && !(_running.ExitCode == 1 && output.Contains(" cannot start. ", StringComparison.Ordinal))))
            _broken($"{Name} ended by itself:\n{Tail()}");
    }

    private string Tail() => string.Join('\n', _running.Output.Split('\n').TakeLast(LinesTold));

    private async Task StartAgainAsync()
    {
        await _running.DisposeAsync();
        _running = Start();
    }

    private ProgramUnderTest Start()
    {
        var started = ProgramUnderTest.Start(_program, _settings, "--urls", Url.ToString());
        WorkerIds.Add(string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{started.ProcessId}-"));
        return started;
    }
}
