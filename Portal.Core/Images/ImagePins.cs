using System.Collections.Concurrent;
using Portal.Core.Specifications;

namespace Portal.Core.Images;

/// <param name="Pins">Of the images that are new or others than before; empty where nobody is asked.</param>
public sealed record PinnedSpecification(Specification Specification, IReadOnlyList<ImagePin> Pins);

/// <summary>
/// Writes behind an image's tag what the tag stands for when its request is filed (<c>name:tag@sha256:…</c>), so that what was approved is what
/// runs, on the hundredth node as on the first. What does not change stays as it was, and a registry that does not answer keeps nobody waiting:
/// its image goes on by its tag, and the request says so.
/// </summary>
public sealed class ImagePins(IImageDigests digests, TimeProvider clock)
{
    private const int AtOnce = 8;

    /// <summary>More than a specification has services; it only bounds what somebody can have us ask.</summary>
    private const int MostImages = 100;

    private const int MostKept = 500;

    // For all of them; and how long what was said at the review holds for the submit after it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Keeps = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (ImageDigest Said, DateTimeOffset At)> _said = new(StringComparer.Ordinal);

    /// <param name="before">What the environment is; null for a new one.</param>
    public async Task<PinnedSpecification> PinAsync(Specification wanted, Specification? before, CancellationToken cancellationToken)
    {
        var kept = before is null ? wanted : Keep(wanted, before);
        if (!digests.IsOn)
            return new PinnedSpecification(kept, []);
        var images = before?.Services.Select(service => service.Image).ToHashSet(StringComparer.Ordinal) ?? [];
        var asked = kept.Services.Where(service => service.PullSecret.Length == 0 && !images.Contains(service.Image))
            .Select(service => ImageReference.Parse(service.Image)).Where(image => image is { Digest: null }).OfType<ImageReference>().Distinct().Take(MostImages).ToList();
        var found = await AskAsync(asked, cancellationToken);
        var pins = new List<ImagePin>();
        var services = kept.Services.Select(service =>
        {
            if (images.Contains(service.Image) || ImageReference.Parse(service.Image) is not { } image)
                return service;
            var said = image.Digest is not null ? new ImageDigest(image.Digest, null)
                : service.PullSecret.Length > 0 ? new ImageDigest(null, "it is pulled with a secret, which the portal does not read")
                : found.GetValueOrDefault(image.Tagged) ?? new ImageDigest(null, "there are too many images to ask about");
            var pinned = image.Digest is null && said.Digest is not null ? $"{image.Tagged}@{said.Digest}" : service.Image;
            if (pinned.Length > FieldLimits.Image)
                (pinned, said) = (service.Image, new ImageDigest(null, "its name is too long for a digest behind it"));
            pins.Add(new ImagePin(service.Name, service.Image, said.Digest, said.Why));
            return service with { Image = pinned };
        }).ToList();
        return new PinnedSpecification(kept with { Services = services }, pins);
    }

    /// <summary>
    /// Who asks for the tag that is there already means what is there; and a digest that stayed behind a tag when somebody wrote another tag
    /// before it is not that one's.
    /// </summary>
    public static Specification Keep(Specification wanted, Specification before)
    {
        var earlier = before.Services.ToLookup(service => service.Name, StringComparer.Ordinal);
        return wanted with { Services = [.. wanted.Services.Select(service => earlier[service.Name].FirstOrDefault() is { } was ? service with { Image = Keep(service.Image, was.Image) } : service)] };
    }

    private static string Keep(string wanted, string before) => (ImageReference.Parse(wanted), ImageReference.Parse(before)) switch
    {
        ({ Digest: null } image, { Digest: not null } was) when image.Tagged == was.Tagged => before,
        ({ Digest: { } digest, Tag: { } tag } image, { Tag: { } earlier } was) when digest == was.Digest && image.Name == was.Name && tag != earlier => image.Tagged,
        _ => wanted,
    };

    private async Task<IReadOnlyDictionary<string, ImageDigest>> AskAsync(IReadOnlyList<ImageReference> images, CancellationToken cancellationToken)
    {
        var found = new ConcurrentDictionary<string, ImageDigest>(StringComparer.Ordinal);
        using var late = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            await Parallel.ForEachAsync(images, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = either.Token }, async (image, token) =>
                found[image.Tagged] = await FindAsync(image, token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            foreach (var image in images)
                found.TryAdd(image.Tagged, new ImageDigest(null, "its registry did not answer in time"));
        }

        return found;
    }

    private async Task<ImageDigest> FindAsync(ImageReference image, CancellationToken cancellationToken)
    {
        if (_said.TryGetValue(image.Tagged, out var known) && clock.GetUtcNow() - known.At < Keeps)
            return known.Said;
        var said = await digests.FindAsync(image, cancellationToken);
        if (_said.Count >= MostKept)
            _said.Clear();
        _said[image.Tagged] = (said, clock.GetUtcNow());
        return said;
    }
}
