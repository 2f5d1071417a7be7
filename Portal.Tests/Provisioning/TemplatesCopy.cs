using Portal.Core.Catalog;
using Portal.Core.Provisioning;

namespace Portal.Tests.Provisioning;

/// <summary>A copy of the folder Templates, to put something else into.</summary>
internal sealed class TemplatesCopy : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("portal-templates-");

    public TemplatesCopy()
    {
        var source = TemplateSet.Locate(configured: null);
        foreach (var path in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = System.IO.Path.Combine(_folder.FullName, System.IO.Path.GetRelativePath(source, path));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
        }
    }

    public string Path(params string[] parts) => System.IO.Path.Combine([_folder.FullName, .. parts]);

    public TemplateSet Templates => TemplateSet.Read(_folder.FullName);

    public ServiceCatalog Catalog => CatalogReader.Read(Path("catalog"));

    public PlanBuilder Plans(ServiceCatalog catalog) => new(Templates, catalog, new CostEstimator(catalog));

    public void Dispose() => _folder.Delete(recursive: true);
}
