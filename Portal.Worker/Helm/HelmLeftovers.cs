using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Portal.Worker.Helm;

/// <summary>
/// Removes the folders of workers that were killed together with everything that would have cleaned up: those of helm's calls, which hold
/// a token, unpacked charts, and those of rehearsals.
/// </summary>
internal sealed class HelmLeftovers(string parent) : IHostedService
{
    private static readonly string[] Names = ["portal-helm-", "portal-chart-", "portal-rehearsal-"];

    public HelmLeftovers() : this(Path.GetTempPath())
    {
    }

    /// <summary>Of the folders in which a process calls helm.</summary>
    public static string Prefix(int process) => Prefix(Names[0], process);

    /// <summary>Of the folders to which a process unpacks charts.</summary>
    public static string ChartPrefix(int process) => Prefix(Names[1], process);

    /// <summary>Of the folder of a rehearsal that a process plays.</summary>
    public static string StagePrefix(int process) => Prefix(Names[2], process);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var name in Names)
        {
            foreach (var folder in new DirectoryInfo(parent).EnumerateDirectories(name + "*").Where(folder => IsLeftover(folder, folder.Name[name.Length..])))
                Remove(folder);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static string Prefix(string name, int process) => string.Create(CultureInfo.InvariantCulture, $"{name}{process}-");

    private static bool IsLeftover(DirectoryInfo folder, string rest)
    {
        if (!int.TryParse(rest.Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return false;
        try
        {
            using var process = Process.GetProcessById(id);
            // A younger process with the same number is somebody else; in a container every worker has the same.
            return process.StartTime.ToUniversalTime() > folder.CreationTimeUtc.AddSeconds(1);
        }
        catch (ArgumentException)
        {
            return true;
        }
        catch (Win32Exception)
        {
            // Another user's process: so is the folder.
            return false;
        }
    }

    private static void Remove(DirectoryInfo folder)
    {
        try
        {
            folder.Delete(recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another worker that starts now removes it too, or it is another user's.
        }
    }
}
