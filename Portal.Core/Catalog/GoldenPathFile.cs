using Portal.Core.Specifications;

namespace Portal.Core.Catalog;

/// <summary>Reads golden-paths.yaml and the specifications that it names.</summary>
public static class GoldenPathFile
{
    private const string File = "golden-paths.yaml";
    private const string Folder = "golden-paths";

    private const string AnyTitle = @"^\S(.{0,78}\S)?$";
    private const string AnyText = @"^\S(.{0,298}\S)?$";
    private const int Most = 100;

    /// <param name="folder">Templates/catalog.</param>
    /// <exception cref="InvalidDataException">A file is missing or wrong; the message lists every fault.</exception>
    public static GoldenPaths Read(string folder)
    {
        var faults = new CatalogFaults();
        var paths = CatalogNode.Read(folder, File, faults, node => Read(node, folder), new GoldenPaths([]));
        faults.ThrowIfAny();
        return paths;
    }

    private static GoldenPaths Read(CatalogNode file, string folder)
    {
        var paths = file.List("paths", node => Path(node, folder));
        if (paths.Count > Most)
            file.Fault("paths", $"has {paths.Count}; {Most} at most.");
        return new GoldenPaths(paths);
    }

    private static GoldenPath Path(CatalogNode node, string folder)
    {
        var id = node.Id();
        var specification = Specification(node, folder, node.Text("file", @"^[a-z0-9][a-z0-9-]*\.yaml$", "web-shop.yaml"));
        var @fixed = node.TextList("fixed", "^[a-z][A-Za-z]*([.][a-z][A-Za-z]*)*$", "cluster.size", required: false);
        foreach (var field in @fixed.Where(field => specification is not null && (field is "environment" or "target" || GoldenPath.FieldOf(specification, field) is null)))
            node.Fault("fixed", $"has '{field}', which {(field is "environment" or "target" ? "whoever asks chooses" : "the specification does not say; write it there, or leave it out")}.");
        return new GoldenPath(id, node.Text("title", AnyTitle, "Small web shop"), node.Text("description", AnyText, "Three services and their stores"), specification ?? new Specification { Environment = "", Target = "" }, @fixed);
    }

    private static Specification? Specification(CatalogNode node, string folder, string name)
    {
        var path = System.IO.Path.Combine(folder, Folder, name);
        if (name.Length == 0)
            return null;
        if (!System.IO.File.Exists(path))
        {
            node.Fault("file", $"is '{name}', which is not in {Folder}.");
            return null;
        }

        var outcome = SpecificationYaml.Read(System.IO.File.ReadAllText(path));
        if (outcome.Refusal is { } refusal)
            node.Fault("file", $"is '{name}', which is no specification. {refusal.Message}");
        return outcome.Value;
    }
}
