using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace Portal.Tests.Fixtures;

/// <summary>Half of the bUnit route; build/BUnit.props says why.</summary>
internal static class AngleSharpDiffing
{
    [ModuleInitializer]
    internal static void LoadFromItsOwnFolder() =>
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            string.Equals(name.Name, "AngleSharp.Diffing", StringComparison.Ordinal)
                ? context.LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, "diffing", "AngleSharp.Diffing.dll"))
                : null;
}
