using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Portal.Infrastructure.Hosting;

namespace Portal.Infrastructure.Embedded;

/// <summary>Made once for each data folder. Local ones: nothing outside this machine's loopback accepts them.</summary>
/// <param name="PostgresPassword">Of the superuser.</param>
/// <param name="RuntimePassword">Of the role that the programs run as. A folder of before there was one gets it when it is opened.</param>
internal sealed record LocalSecrets(string PostgresPassword, string AccessKeyId, string SecretAccessKey, string RuntimePassword = "");

/// <summary>The folder that embedded mode keeps everything in, held by one process at a time.</summary>
[SupportedOSPlatform("linux")]
internal sealed class DataFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly FileStream _lock;
    private readonly string _holderFile;

    private DataFolder(string path, FileStream @lock, string holderFile, LocalSecrets secrets)
    {
        Path = path;
        _lock = @lock;
        _holderFile = holderFile;
        Secrets = secrets;
    }

    public string Path { get; }

    public LocalSecrets Secrets { get; }

    /// <summary><c>.portal</c> beside Portal.sln where there is one above the content root, else in the content root.</summary>
    public static string DefaultFor(string contentRoot)
    {
        for (var folder = new DirectoryInfo(contentRoot); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Portal.sln")))
                return System.IO.Path.Combine(folder.FullName, ".portal");
        }

        return System.IO.Path.Combine(contentRoot, ".portal");
    }

    /// <exception cref="CannotStartException">Where another process holds the folder, or it cannot be written.</exception>
    public static DataFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            Create(path);
            var holderFile = System.IO.Path.Combine(path, "portal.pid");
            var @lock = Lock(path, holderFile);
            WriteForOwnerOnly(holderFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new DataFolder(path, @lock, holderFile, ReadOrMakeSecrets(path));
        }
        catch (UnauthorizedAccessException error)
        {
            throw new CannotStartException($"The data folder {path} belongs to somebody else ({error.Message}): name another one in Portal__DataFolder.", error);
        }
    }

    /// <summary>A new file that nobody else can read at any moment.</summary>
    public static void WriteForOwnerOnly(string path, string text)
    {
        // The mode is that of a file which is made: one that exists keeps its own.
        File.Delete(path);
        using var stream = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
        stream.Write(Encoding.UTF8.GetBytes(text));
    }

    public string Subfolder(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        File.Delete(_holderFile);
        _lock.Dispose();
    }

    private static void Create(string path)
    {
        if (Directory.Exists(path))
            return;

        // PostgreSQL runs as somebody else where we are root, and has to get through to its own subfolder.
        var mode = OwnerOnly | UnixFileMode.UserExecute;
        Directory.CreateDirectory(path, Environment.IsPrivilegedProcess ? mode | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : mode);
    }

    private static FileStream Lock(string path, string holderFile)
    {
        // The kernel lets go of the lock when the process ends, however it ends: there is no stale lock.
        // The file itself stays: deleting it would let two processes lock two files of one name.
        var lockFile = System.IO.Path.Combine(path, "lock");
        try
        {
            return new FileStream(lockFile, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = OwnerOnly,
            });
        }
        catch (IOException error) when (error is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            var holder = File.Exists(holderFile) ? $"process {File.ReadAllText(holderFile)}" : "another process";
            throw new CannotStartException(
                $"The data folder {path} is in use by {holder}: stop that Portal, or give this one a folder of its own with Portal__DataFolder=<folder>.", error);
        }
    }

    private static LocalSecrets ReadOrMakeSecrets(string path)
    {
        var file = System.IO.Path.Combine(path, "secrets.json");
        var secrets = !File.Exists(file) ? new LocalSecrets(Random(32), "PORTAL" + Random(14), Random(40))
            : JsonSerializer.Deserialize<LocalSecrets>(File.ReadAllText(file)) ?? throw new CannotStartException($"{file} is empty: delete {path} to begin anew.");
        if (secrets.RuntimePassword.Length > 0)
            return secrets;
        secrets = secrets with { RuntimePassword = Random(32) };
        var temporary = file + ".new";
        WriteForOwnerOnly(temporary, JsonSerializer.Serialize(secrets));
        File.Move(temporary, file, overwrite: true);
        return secrets;
    }

    private static string Random(int length) => RandomNumberGenerator.GetString("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", length);
}
