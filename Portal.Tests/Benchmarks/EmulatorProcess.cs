using System.Diagnostics;
using System.Globalization;
using Portal.Emulator;

namespace Portal.Benchmarks;

/// <summary>The emulator as a process of its own.</summary>
internal sealed class EmulatorProcess : IDisposable
{
    private readonly Process _process;

    private EmulatorProcess(Process process, Uri url, TimeSpan startUp) => (_process, Url, StartUp) = (process, url, startUp);

    public Uri Url { get; }

    /// <summary>From the start of the process to its first answer.</summary>
    public TimeSpan StartUp { get; }

    /// <param name="clockScale">How many simulated seconds pass in a real one.</param>
    /// <param name="readsPerSecond">CloudFormation's, a simulated second; null for no limit, of writes either.</param>
    public static async Task<EmulatorProcess> StartAsync(string dataFolder, int clockScale, double? readsPerSecond = null)
    {
        var url = new Uri($"http://127.0.0.1:{Repository.FreePort()}");
        var start = new ProcessStartInfo("dotnet", [typeof(EmulatorApp).Assembly.Location, "--urls", url.ToString()])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment =
            {
                ["Emulator__DataFolder"] = dataFolder,
                ["Emulator__KubernetesUrl"] = $"https://127.0.0.1:{Repository.FreePort()}",
                ["Emulator__ClockScale"] = clockScale.ToString(CultureInfo.InvariantCulture),
                ["Emulator__ReadsPerSecond"] = (readsPerSecond ?? 1_000_000).ToString(CultureInfo.InvariantCulture),
                ["Emulator__WritesPerSecond"] = "1000000",
                ["Logging__LogLevel__Default"] = "Warning",
            },
        };
        var from = TimeProvider.System.GetTimestamp();
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
        process.BeginOutputReadLine();
        using var http = new HttpClient();
        while (!await AnswersAsync(http, url))
        {
            if (process.HasExited)
                throw new InvalidOperationException($"The emulator ended with exit code {process.ExitCode}.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }

        return new EmulatorProcess(process, url, TimeProvider.System.GetElapsedTime(from));
    }

    /// <summary>Resident memory in MiB: now, and the most there ever was.</summary>
    public (double Now, double Most) Memory()
    {
        var lines = File.ReadAllLines($"/proc/{_process.Id}/status");
        return (Value("VmRSS:"), Value("VmHWM:"));

        double Value(string name) => double.Parse(lines.First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024;
    }

    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>SIGKILL: what a restart finds is what was acknowledged.</summary>
    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static async Task<bool> AnswersAsync(HttpClient http, Uri url)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(url, "health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            // It does not listen yet.
            return false;
        }
    }
}
