using System.Globalization;
using System.Text.Json;
using Portal.Infrastructure.Embedded;
using Portal.Infrastructure.Hosting;

namespace Portal.Tests.Infrastructure.Embedded;

public sealed class DataFolderTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), "portal-folder-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_path))
            Directory.Delete(_path, recursive: true);
    }

    [Fact]
    public void Open_WhileHeld_NamesTheHolderAndTheRemedy()
    {
        using var holder = DataFolder.Open(_path);

        var refusal = Should.Throw<CannotStartException>(() => DataFolder.Open(_path));

        refusal.Message.ShouldContain(Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        refusal.Message.ShouldContain("Portal__DataFolder=");
    }

    [Fact]
    public void Open_AfterItsHolderIsGone_HasTheSameSecrets()
    {
        LocalSecrets first;
        using (var folder = DataFolder.Open(_path))
            first = folder.Secrets;

        using var again = DataFolder.Open(_path);

        again.Secrets.ShouldBe(first);
    }

    [Fact]
    public void Open_OfAVersionThatHadOneRole_KeepsItsSecretsAndMakesTheOneThatIsMissing()
    {
        LocalSecrets before;
        using (var folder = DataFolder.Open(_path))
            before = folder.Secrets;
        File.WriteAllText(Path.Combine(_path, "secrets.json"), JsonSerializer.Serialize(new { before.PostgresPassword, before.AccessKeyId, before.SecretAccessKey }));

        LocalSecrets after;
        using (var folder = DataFolder.Open(_path))
            after = folder.Secrets;

        using var again = DataFolder.Open(_path);
        again.Secrets.ShouldBe(after);
        after.ShouldBe(before with { RuntimePassword = after.RuntimePassword });
        after.RuntimePassword.Length.ShouldBeGreaterThan(20);
    }

    [Fact]
    public void Open_ForTheFirstTime_KeepsTheSecretsFromOthers()
    {
        using var folder = DataFolder.Open(_path);

        File.GetUnixFileMode(folder.Subfolder("secrets.json")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
