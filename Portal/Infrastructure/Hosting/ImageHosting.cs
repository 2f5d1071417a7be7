using Portal.Core.Images;

namespace Portal.Infrastructure.Hosting;

internal static class ImageHosting
{
    /// <summary>After AddPortalCore, which knows nobody to ask.</summary>
    /// <exception cref="CannotStartException">The configuration cannot be used; the message lists every fault.</exception>
    public static IServiceCollection AddImagePins(this IServiceCollection services, IConfiguration configuration)
    {
        var options = configuration.GetSection("Images").Get<ImageOptions>() ?? new ImageOptions();
        if (options.Outside.Faults().ToList() is { Count: > 0 } faults)
            throw new CannotStartException(string.Join(' ', faults.Select(fault => $"Images:Outside:{fault}")));
        var targets = configuration.GetSection("Portal").Get<PortalOptions>()?.Targets ?? [];
        return options.Pin ?? targets.Exists(target => string.IsNullOrEmpty(target.EndpointUrl))
            ? services.AddSingleton<IImageDigests>(provider => new RegistryDigests(options.Outside, provider.GetRequiredService<TimeProvider>()))
            : services;
    }
}
