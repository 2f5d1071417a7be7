using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Portal.Core.Provisioning;
using Portal.Core.Rehearsals;
using Portal.Core.Specifications;
using Portal.Worker.Helm;

namespace Portal.Worker.Rehearsals;

/// <summary>
/// Plays in a process of its own, which is told nothing of this one's: not its environment, so no credentials either, not its folder, not its
/// configuration. It ends when its input closes, so that none outlives its worker.
/// </summary>
internal sealed class StageProcess(IOptions<RehearsalOptions> options, IOptions<WorkerHelmOptions> helm, IConfiguration configuration, TimeProvider clock) : IStage
{
    /// <summary>How long it may take to end by itself after its input has closed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // Of what it says of its troubles, the end.
    private const int WordsKept = 2_000;

    public async Task<RehearsalReport> PlayAsync(RehearsalScript script, string connectionString, Action<RehearsalProgress> progress, CancellationToken cancellationToken)
    {
        var program = options.Value.FindProgram()
            ?? throw new StageException("This worker has no program to rehearse with: put Portal.Stage beside it, or name its Portal.Stage.dll in Worker__Rehearsals__Program.");
        var folder = Directory.CreateTempSubdirectory(HelmLeftovers.StagePrefix(Environment.ProcessId)).FullName;
        try
        {
            using var process = new Process { StartInfo = Describe(program, folder) };
            var words = new Tail(WordsKept);
            process.ErrorDataReceived += (_, line) => words.Add(line.Data);
            process.Start();
            process.BeginErrorReadLine();
            try
            {
                var order = new StageOrder(script, connectionString, folder, Path.GetFullPath(HelmPath()), configuration["Templates:Path"], options.Value.ClockScale);
                await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(order, Specification.Json).AsMemory(), cancellationToken);
                await process.StandardInput.FlushAsync(cancellationToken);
                return await ReadAsync(process, progress, words, cancellationToken);
            }
            finally
            {
                await EndAsync(process);
            }
        }
        finally
        {
            Remove(folder);
        }
    }

    private static async Task<RehearsalReport> ReadAsync(Process process, Action<RehearsalProgress> progress, Tail words, CancellationToken cancellationToken)
    {
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } text)
        {
            var line = JsonSerializer.Deserialize<StageLine>(text, Specification.Json);
            if (line?.Progress is { } seen)
                progress(seen);
            if (line?.Fault is { } fault)
                throw new StageException(fault);
            if (line?.Report is { } report)
                return report;
        }

        throw new StageException($"The program that rehearses ended before it had a result{(words.Text is { Length: > 0 } said ? $", and said: {Evidence.Presentable(said)}" : "")}.");
    }

    private static ProcessStartInfo Describe(string program, string folder)
    {
        // The runtime that this process runs on, whether it was started by its name or by dotnet's.
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        var start = new ProcessStartInfo(dotnet, [program])
        {
            UseShellExecute = false,
            // One without a configuration's file.
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        var path = start.Environment.TryGetValue("PATH", out var own) ? own : null;
        start.Environment.Clear();
        start.Environment["PATH"] = path;
        start.Environment["HOME"] = start.Environment["TMPDIR"] = folder;
        start.Environment["DOTNET_ROOT"] = Path.GetDirectoryName(dotnet);
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        // Nobody is to find a role by asking the machine, either.
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        return start;
    }

    // A name is looked for on PATH by whoever starts it; a path is the worker's.
    private string HelmPath() => helm.Value.Path.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal)
        ? helm.Value.Path
        : (Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? []).Select(folder => Path.Combine(folder, helm.Value.Path)).FirstOrDefault(File.Exists) ?? helm.Value.Path;

    private async Task EndAsync(Process process)
    {
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience, clock);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // It took its folder away itself.
        }
        catch (IOException)
        {
            // A helm that is still ending writes into it; the next worker that starts removes what is left.
        }
    }

    /// <summary>The end of a text that comes line by line.</summary>
    private sealed class Tail(int most)
    {
        private readonly Lock _gate = new();
        private string _text = "";

        public string Text
        {
            get
            {
                lock (_gate)
                    return _text.Trim();
            }
        }

        public void Add(string? line)
        {
            lock (_gate)
                _text = $"{_text} {line}" is { } all && all.Length > most ? all[^most..] : $"{_text} {line}";
        }
    }
}
