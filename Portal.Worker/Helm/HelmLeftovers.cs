using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Portal.Worker.Helm;

/// <summary>Removes the folders of workers that were killed together with everything that would have cleaned up: they hold a token.</summary>
internal sealed class HelmLeftovers(string parent) : IHostedService
{
    private const string Name = "portal-helm-";

    public HelmLeftovers() : this(Path.GetTempPath())
    {
    }

    /// <summary>Of the folders of a process.</summary>
    public static string Prefix(int process) => string.Create(CultureInfo.InvariantCulture, $"{Name}{process}-");

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var folder in new DirectoryInfo(parent).EnumerateDirectories(Name + "*").Where(IsLeftover))
            Remove(folder);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static bool IsLeftover(DirectoryInfo folder)
    {
        if (!int.TryParse(folder.Name[Name.Length..].Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
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
