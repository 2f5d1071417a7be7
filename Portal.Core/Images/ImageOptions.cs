using Portal.Core.Outside;

namespace Portal.Core.Images;

/// <summary>Section <c>Images</c>.</summary>
public sealed class ImageOptions
{
    /// <summary>Whether images are pinned. By default where a target is AWS itself: what another endpoint runs may be no image at all.</summary>
    public bool? Pin { get; init; }

    /// <summary>Registries on private networks. With AllowHttp one that is named by its IP address is asked by plain http.</summary>
    public OutsideOptions Outside { get; init; } = new();
}
