using System.Diagnostics;
using System.Text;

namespace Portal.Worker.Helm;

/// <param name="StandardError">Without the warnings of helm's Kubernetes client.</param>
internal sealed record HelmOutput(int ExitCode, string StandardOutput, string StandardError);

/// <summary>
/// Runs the helm program. A small shell holds it by its standard input: when that closes, because of a cancellation or
/// because the worker was killed, helm gets SIGTERM and ends. So no helm outlives its worker, and none is left that the
/// next worker would have to share a release with.
/// </summary>
internal static class HelmProcess
{
    // Answers are a few kilobytes; what a broken chart prints must not fill the memory.
    private const int OutputLimit = 1024 * 1024;

    /// <summary>How long helm may take to end by itself after being asked.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // SIGTERM and SIGINT are the same to helm, but a shell starts background programs with SIGINT ignored.
    // Once the standard input is closed, nobody else may be there to remove the folder.
    private const string Holder = """
        folder=$1; shift
        exec 3<&0
        "$@" </dev/null 3<&- &
        helm=$!
        trap 'asked=yes; kill -TERM "$helm" 2>/dev/null' TERM
        { read -r _ <&3; kill -TERM $$; } >/dev/null 2>&1 &
        watcher=$!
        wait "$helm"; code=$?
        if [ -n "$asked" ]; then wait "$helm"; code=$?; rm -rf -- "$folder"; fi
        kill "$watcher" 2>/dev/null
        exit "$code"
        """;

    public static async Task<HelmOutput> RunAsync(
        string helm, HelmWorkspace workspace, IEnumerable<string> arguments, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var process = new Process { StartInfo = Describe(helm, workspace, arguments) };
        process.Start();
        var output = ReadAsync(process.StandardOutput);
        var error = ReadAsync(process.StandardError);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await EndAsync(process, clock);
            throw;
        }

        return new HelmOutput(process.ExitCode, await output, WithoutWarnings(await error));
    }

    private static ProcessStartInfo Describe(string helm, HelmWorkspace workspace, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var argument in (string[])["-c", Holder, "helm-holder", workspace.Folder, helm, .. arguments])
            start.ArgumentList.Add(argument);

        // Whoever started the worker may have pointed helm or kubectl somewhere else.
        foreach (var name in start.Environment.Keys.Where(IsForeign).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in workspace.Environment)
            start.Environment[name] = value;
        return start;
    }

    private static bool IsForeign(string name) =>
        name.StartsWith("HELM_", StringComparison.Ordinal) || name.StartsWith("KUBE", StringComparison.Ordinal);

    private static async Task EndAsync(Process process, TimeProvider clock)
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

    /// <summary>Reads to the end, so that helm never blocks on a full pipe, but keeps only the beginning.</summary>
    private static async Task<string> ReadAsync(StreamReader reader)
    {
        var kept = new StringBuilder();
        var buffer = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(buffer)) > 0)
            kept.Append(buffer, 0, Math.Min(count, OutputLimit - kept.Length));
        return kept.ToString();
    }

    /// <summary>client-go logs lines such as <c>W1122 21:00:00.000000   12345 warnings.go:70] …</c> among helm's own.</summary>
    private static string WithoutWarnings(string error) => string.Join(
        '\n', error.Split('\n').Where(line => !(line.Length > 5 && line[0] is 'W' or 'I' or 'E' && line[1..5].All(char.IsAsciiDigit))
            && !line.StartsWith("WARNING:", StringComparison.Ordinal))).Trim();
}
