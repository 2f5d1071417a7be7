using Portal.Components;
using Portal.Components.Overlays;
using Portal.Core;
using Portal.Core.Persistence;
using Portal.Core.Security;
using Portal.Features;
using Portal.Features.Api;
using Portal.Features.Audit;
using Portal.Features.Environments;
using Portal.Features.Mcp;
using Portal.Features.Requests;
using Portal.Infrastructure.Hosting;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal;

/// <summary>The web host: pages over Postgres. Needs <c>ConnectionStrings:Portal</c> in the builder's configuration.</summary>
public static class PortalApp
{
    public static WebApplication Build(string[] args, Action<IConfigurationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        configure?.Invoke(builder.Configuration);
        return Build(builder);
    }

    /// <exception cref="CannotStartException">No connection string is configured.</exception>
    /// <exception cref="InvalidDataException">The templates or the catalogue cannot be used.</exception>
    public static WebApplication Build(WebApplicationBuilder builder)
    {
        var connectionString = builder.Configuration.GetConnectionString("Portal");
        if (string.IsNullOrWhiteSpace(connectionString))
            throw new CannotStartException("ConnectionStrings__Portal is empty: give the Postgres to use, for example ConnectionStrings__Portal='Host=localhost;Database=portal;Username=portal;Password=…'.");
        // A plain build has its files where they lie in the source; outside Development too.
        builder.WebHost.UseStaticWebAssets();
        AddServices(builder, connectionString);
        var app = builder.Build();
        UsePipeline(app);
        app.PauseCircuitsWhenStopping();
        return app;
    }

    private static void AddServices(WebApplicationBuilder builder, string connectionString)
    {
        var services = builder.Services;
        services.AddOptions<PortalOptions>().Bind(builder.Configuration.GetSection("Portal")).ValidateOnStart();
        services.AddSingleton<Microsoft.Extensions.Options.IValidateOptions<PortalOptions>, PortalOptionsValidator>();
        services.AddPortalCore(builder.Configuration["Templates:Path"]);
        services.AddImagePins(builder.Configuration);
        services.AddPortalDatabase(connectionString);
        services.AddPortalJobs(connectionString);
        services.AddPortalLive();
        services.AddPortalFeatures();
        services.AddPortalOverlays();
        services.AddPortalHealth();
        services.AddPortalConnectionRules();
        builder.AddPortalSignIn();
        builder.AddPortalApi();
        services.AddPortalMcp();
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "portal-form";
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddRazorComponents().AddInteractiveServerComponents(LiveExtensions.BoundCircuits)
            .AddHubOptions(LiveExtensions.SetConnections);
    }

    private static void UsePipeline(WebApplication app)
    {
        app.UsePortalProxies();
        app.UseHsts();
        app.UsePortalSecurityHeaders();
        app.UsePortalStatusPages();
        app.UsePortalSignInRules();
        app.UseAuthentication();
        app.UsePortalConnectionRules();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.UsePortalApiRates();
        app.MapPortalHealth();
        app.MapStaticAssets().AllowAnonymous();
        app.MapPortalSignIn();
        app.MapPortalJobs();
        app.MapSpecificationDownload();
        app.MapPictureDownload();
        app.MapAuditExport();
        app.MapPortalApi();
        app.MapPortalMcp();
        app.MapRazorComponents<App>()
            .AddInteractiveServerRenderMode(options => options.ContentSecurityFrameAncestorsPolicy = null)
            .RequireAuthorization(nameof(Permission.View));
    }
}
