using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.Versioning;
using Portal.Infrastructure.Hosting;

namespace Portal.Infrastructure.Embedded;

/// <summary>Runs programs, as another user where this process is root: PostgreSQL refuses to run as root.</summary>
/// <param name="name">Null runs them as whoever this process is.</param>
[SupportedOSPlatform("linux")]
internal sealed class UnixUser(string? name)
{
    /// <summary>Whom to be for a folder: its owner where it exists already, else <paramref name="preferred"/>; nobody else unless root.</summary>
    public static async Task<UnixUser> ForAsync(string folder, string preferred, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
            return new UnixUser(null);

        if (!Directory.Exists(folder))
            return new UnixUser(preferred);

        var owner = await new UnixUser(null).RunAsync("stat", ["-c", "%U", folder], cancellationToken);
        return new UnixUser(owner.Output.Trim() is { Length: > 0 } user and not "root" and not "UNKNOWN" ? user : preferred);
    }

    public string Name { get; } = name ?? Environment.UserName;

    public async Task OwnAsync(string path, CancellationToken cancellationToken)
    {
        if (name is null)
            return;

        var result = await new UnixUser(null).RunAsync("chown", [name, path], cancellationToken);
        if (result.ExitCode != 0)
            throw new CannotStartException($"PostgreSQL cannot run as the user {name}: {result.Output.Trim()}; name another one in Portal__PostgresUser.");
    }

    /// <summary>Refuses a path that the user cannot reach, naming the folder in the way and what to do about it.</summary>
    public async Task MustReachAsync(string path, string remedy, CancellationToken cancellationToken)
    {
        if (name is null || (await RunAsync("test", ["-x", path], cancellationToken)).ExitCode == 0)
            return;

        var inTheWay = path;
        for (var folder = Directory.GetParent(path); folder is not null; folder = folder.Parent)
        {
            if (!folder.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
                inTheWay = folder.FullName;
        }

        throw new CannotStartException(
            $"PostgreSQL does not run as root and the user {name}, whom it runs as instead, may not enter {inTheWay}: {remedy}, or run Portal as an ordinary user.");
    }

    public async Task<ProgramResult> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            // One that every user may be in; these programs look at their working directory.
            WorkingDirectory = "/",
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (name is not null)
            start.UserName = name;

        using var process = Start(start);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return new ProgramResult(process.ExitCode, await output + await errors);
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw new CannotStartException($"{start.FileName} cannot be started as the user {Name}: {error.Message}.", error);
        }
    }
}

internal sealed record ProgramResult(int ExitCode, string Output);
