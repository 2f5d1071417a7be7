using System.Diagnostics;
using Portal.Emulator;
using Portal.Infrastructure.Embedded;
using Portal.Worker;

namespace Portal.Benchmarks;

/// <summary>The worker as a process of its own.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;

    private WorkerProcess(Process process) => _process = process;

    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Resident, MiB.</summary>
    public double Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1024.0 / 1024;
        }
    }

    public static WorkerProcess Start(Installation installation)
    {
        var keys = new EmulatorOptions();
        return new WorkerProcess(Process.Start(new ProcessStartInfo("dotnet", [typeof(WorkerApp).Assembly.Location, "--urls", "http://127.0.0.1:0"])
        {
            UseShellExecute = false,
            Environment =
            {
                ["ConnectionStrings__Portal"] = installation.ConnectionString,
                ["Worker__Aws__AccessKeyId"] = keys.AccessKeyId,
                ["Worker__Aws__SecretAccessKey"] = keys.SecretAccessKey,
                ["Worker__Helm__Path"] = ToolPaths.Find().Helm,
                ["Worker__Charts__LoadBalancerController__Repository"] = new Uri(installation.Emulator.Url, "/_emulator/charts").ToString(),
                ["Worker__Charts__ClusterAutoscaler__Repository"] = new Uri(installation.Emulator.Url, "/_emulator/charts").ToString(),
                ["Logging__LogLevel__Default"] = "Error",
            },
        })!);
    }

    /// <summary>Hangfire's own server, and nothing else.</summary>
    public static WorkerProcess StartServer(Installation installation) => new(Process.Start(
        new ProcessStartInfo("dotnet", [typeof(WorkerProcess).Assembly.Location, "hangfire-server", installation.ConnectionString]) { UseShellExecute = false, RedirectStandardInput = true })!);

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
