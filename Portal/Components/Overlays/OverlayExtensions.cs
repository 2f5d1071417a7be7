using MudBlazor;
using MudBlazor.Services;

namespace Portal.Components.Overlays;

public static class OverlayExtensions
{
    /// <summary>MudBlazor's services, and <see cref="PageOverlays"/> as the way to what opens over the page.</summary>
    public static IServiceCollection AddPortalOverlays(this IServiceCollection services) => services
        .AddMudServices(options =>
        {
            // A menu may be there a moment before its provider; the provider draws what it finds.
            options.PopoverOptions.CheckForPopoverProvider = false;
            options.PopoverOptions.Duration = TimeSpan.Zero;
            options.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomRight;
            options.SnackbarConfiguration.ShowTransitionDuration = 150;
            options.SnackbarConfiguration.HideTransitionDuration = 150;
            options.SnackbarConfiguration.MaxDisplayedSnackbars = 3;
        })
        .AddScoped<PageOverlays>();
}
