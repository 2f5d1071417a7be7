using System.Text.RegularExpressions;

namespace Portal.Core.Specifications;

/// <summary>What a container's image is called, by the grammar of github.com/distribution/reference: [host[:port]/]path[:tag][@digest].</summary>
/// <param name="Name">Host and path, as they were written.</param>
/// <param name="Tag">Null where none was written, which is as good as <c>latest</c>.</param>
/// <param name="Digest">Null where the tag decides. Beside a digest a tag is only read by people: Kubernetes pulls by the digest.</param>
public sealed partial record ImageReference(string Name, string? Tag, string? Digest)
{
    private const string DockerHub = "docker.io";

    /// <returns>Null for what is no image's name.</returns>
    public static ImageReference? Parse(string image)
    {
        // Longer ones are no field's either, and the grammar would look at each letter many times.
        if (image.Length > FieldLimits.Image)
            return null;
        var match = Grammar().Match(image);
        return match.Success
            ? new ImageReference(match.Groups["name"].Value, Group("tag"), Group("digest"))
            : null;

        string? Group(string name) => match.Groups[name] is { Success: true } group ? group.Value : null;
    }

    /// <summary>Without its digest.</summary>
    public string Tagged => Tag is null ? Name : $"{Name}:{Tag}";

    /// <summary>The registry, with its port where it has one. A first part that cannot be a host is a name on Docker Hub.</summary>
    public string Host => FirstIsHost ? Name[..Slash] : DockerHub;

    /// <summary>The path below the registry; Docker Hub's own images lie in <c>library</c>.</summary>
    public string Repository
    {
        get
        {
            var path = FirstIsHost ? Name[(Slash + 1)..] : Name;
            return Host == DockerHub && !path.Contains('/', StringComparison.Ordinal) ? $"library/{path}" : path;
        }
    }

    /// <summary>The image without what was pinned of it.</summary>
    public static string WithoutDigest(string image) => Parse(image)?.Tagged ?? image;

    private int Slash => Name.IndexOf('/', StringComparison.Ordinal);

    private bool FirstIsHost => Slash > 0 && Name[..Slash] is var first && (first == "localhost" || first.AsSpan().ContainsAny('.', ':'));

    [GeneratedRegex("^(?<name>(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]+)?/)?[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*)(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?\\z")]
    private static partial Regex Grammar();
}

/// <summary>What became of a service's image when its request was filed.</summary>
/// <param name="Image">As it was asked for.</param>
/// <param name="Digest">What its tag stood for then; null where its tag decides what runs.</param>
/// <param name="Why">It is not pinned; null where it is.</param>
public sealed record ImagePin(string Service, string Image, string? Digest, string? Why);
