using Microsoft.Extensions.Options;

namespace Portal.Worker.Helm;

/// <summary>Section <c>Worker:Helm</c>.</summary>
public sealed class WorkerHelmOptions
{
    public const string Section = "Worker:Helm";

    /// <summary>Path of the helm program, or a name to look for on PATH.</summary>
    public string Path { get; set; } = "helm";

    /// <summary>How long a pending release may belong to a helm that is still ending before it counts as left behind.</summary>
    public TimeSpan PendingGrace { get; set; } = TimeSpan.FromSeconds(2);
}

internal sealed class WorkerHelmOptionsValidator : IValidateOptions<WorkerHelmOptions>
{
    public ValidateOptionsResult Validate(string? name, WorkerHelmOptions options)
    {
        var faults = new List<string>();
        if (!Exists(options.Path))
            faults.Add($"There is no helm program at '{options.Path}': install Helm 3.10 or newer and set Worker:Helm:Path to it.");
        if (options.PendingGrace < TimeSpan.Zero)
            faults.Add($"Worker:Helm:PendingGrace takes a time of zero or more, not {options.PendingGrace}.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static bool Exists(string path)
    {
        if (path.Contains(System.IO.Path.DirectorySeparatorChar))
            return File.Exists(path);
        var folders = Environment.GetEnvironmentVariable("PATH")?.Split(System.IO.Path.PathSeparator) ?? [];
        return path.Length > 0 && Array.Exists(folders, folder => File.Exists(System.IO.Path.Combine(folder, path)));
    }
}
