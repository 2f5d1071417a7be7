namespace Portal.Core.Catalog;

/// <summary>How services get users of their own in one kind of database: by a job with this image and these files.</summary>
/// <param name="Noun">What people call what the users are of.</param>
/// <param name="CanRead">Whether there are users who may read and no more.</param>
/// <param name="Files">Name → text, as the job finds them.</param>
public sealed record DatabaseUsers(string Id, string Image, string Noun, bool CanRead, IReadOnlyDictionary<string, string> Files)
{
    public const string File = "database-users.yaml";

    /// <summary>What the job runs, with the word keep or drop.</summary>
    public const string Script = "user.sh";

    private const string Folder = "database-users";

    internal static List<DatabaseUsers> Read(CatalogNode file, string folder) => file.List("users", node =>
    {
        var (id, image) = (node.Id(), node.Text("image", @"^[a-z0-9][A-Za-z0-9._:/@-]*$", "public.ecr.aws/docker/library/postgres:17.6-alpine"));
        var place = Path.Combine(folder, Folder, id);
        Dictionary<string, string> files = Directory.Exists(place)
            ? Directory.GetFiles(place).Order(StringComparer.Ordinal).ToDictionary(path => Path.GetFileName(path), System.IO.File.ReadAllText, StringComparer.Ordinal)
            : [];
        // Absent where the catalogue's files are read by themselves.
        if (Directory.Exists(Path.Combine(folder, Folder)) && !files.ContainsKey(Script))
            node.Fault("id", $"is '{id}', but there is no {Folder}/{id}/{Script} beside the file.");
        return new DatabaseUsers(id, image, node.Has("noun") ? node.Text("noun") : "database", !node.Has("reads") || node.Flag("reads"), files);
    });
}
