using Portal.Emulator.Storage;

namespace Portal.Tests.Emulator.Storage;

/// <summary>The clusters' CA keys are in the file.</summary>
public sealed class EmulatorDatabaseTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "portal-emulator-" + Guid.NewGuid().ToString("N"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Open_NewFolder_IsItsOwnersAlone()
    {
        using var database = new EmulatorDatabase(_folder, TimeProvider.System);
        database.Put("keys", "ca", "{}");

        File.GetUnixFileMode(_folder).ShouldBe(OwnerOnly | UnixFileMode.UserExecute);
        Directory.GetFiles(_folder).Select(File.GetUnixFileMode).ShouldAllBe(mode => mode == OwnerOnly);
    }

    [Fact]
    public void Open_FilesThatEverybodyMayRead_TakesThemBack()
    {
        Directory.CreateDirectory(_folder);
        foreach (var name in new[] { "emulator.db", "emulator.db-wal" })
        {
            File.WriteAllText(Path.Combine(_folder, name), "");
            File.SetUnixFileMode(Path.Combine(_folder, name), OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        using var database = new EmulatorDatabase(_folder, TimeProvider.System);
        database.Put("keys", "ca", "{}");

        Directory.GetFiles(_folder).Select(File.GetUnixFileMode).ShouldAllBe(mode => mode == OwnerOnly);
    }
}
