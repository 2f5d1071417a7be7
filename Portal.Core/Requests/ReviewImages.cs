using Portal.Core.Images;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Requests;

/// <summary>What would become of the images if it were submitted now: their registries are asked.</summary>
public sealed class ReviewImages(ImagePins images)
{
    /// <param name="before">What the environment is; null for a new one.</param>
    /// <returns>None for who may not ask for environments: nobody else has us call addresses of theirs.</returns>
    public async Task<IReadOnlyList<ImagePin>> ExecuteAsync(Actor actor, Specification wanted, Specification? before, CancellationToken cancellationToken) =>
        actor.May(Permission.RequestEnvironment) ? (await images.PinAsync(wanted, before, cancellationToken)).Pins : [];
}
