using Portal.Core.Specifications;

namespace Portal.Core.Images;

/// <summary>Asks registries what a tag stands for.</summary>
public interface IImageDigests
{
    /// <summary>Whether there is anybody to ask.</summary>
    bool IsOn { get; }

    /// <summary>Never throws for what a registry does, or does not: it says why there is no digest.</summary>
    Task<ImageDigest> FindAsync(ImageReference image, CancellationToken cancellationToken);
}

/// <param name="Digest"><c>sha256:…</c>; null where there is none to be had.</param>
/// <param name="Why">There is none, as the end of a sentence.</param>
public sealed record ImageDigest(string? Digest, string? Why);

/// <summary>Nobody is asked: tags decide.</summary>
public sealed class NoImageDigests : IImageDigests
{
    public bool IsOn => false;

    public Task<ImageDigest> FindAsync(ImageReference image, CancellationToken cancellationToken) => Task.FromResult(new ImageDigest(null, "registries are not asked"));
}
