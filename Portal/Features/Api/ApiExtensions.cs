using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Portal.Core.Tokens;

namespace Portal.Features.Api;

/// <summary>What programs ask: /api/v1.</summary>
public static class ApiExtensions
{
    public static void AddPortalApi(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<ApiOptions>().Bind(builder.Configuration.GetSection(ApiOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ApiOptions>, ApiOptionsValidator>();
        services.AddSingleton<RequestsApi>().AddSingleton<RehearsalsApi>().AddSingleton<EnvironmentsApi>().AddSingleton<OperationsApi>()
            .AddSingleton<DriftApi>().AddSingleton<DraftsApi>().AddSingleton<DelegationsApi>()
            .AddSingleton<ApprovalsApi>().AddSingleton<NoticesApi>().AddSingleton<TeamsApi>();
        services.AddSingleton<EventStream>();
        services.AddApiDocument();
        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.Converters.Add(new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false));
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            options.SerializerOptions.RespectNullableAnnotations = true;
        });
    }

    public static void MapPortalApi(this WebApplication app)
    {
        var api = app.MapApi();
        var about = api.MapGroup("").WithTags("about");
        about.MapGet("/me", (HttpContext http) => Me(TokenHolderOf(http))).Says<Me>("getMe", "Who the token acts for, and what it may.");
        about.MapGet("/targets", async (HttpContext http, EnvironmentsApi environments, CancellationToken token) => TypedResults.Ok(await environments.TargetsAsync(ApiEndpoints.Who(http), token)))
            .Says<IReadOnlyList<Target>>("listTargets", "Where environments may live.");
        about.MapGet("/catalogue", (EnvironmentsApi environments) => TypedResults.Ok(environments.Catalogue())).Says<Catalogue>("getCatalogue", "What can be asked for.");
        api.MapGroup("").WithTags("requests").MapRequests();
        api.MapGroup("").WithTags("drafts").MapDrafts();
        api.MapGroup("").WithTags("environments").MapEnvironments();
        api.MapGroup("").WithTags("environments").MapDrift();
        api.MapGroup("").WithTags("operations").MapOperations();
        api.MapGroup("").WithTags("delegations").MapDelegations();
        api.MapGroup("").WithTags("notices").MapNotices();
        api.MapGroup("").WithTags("teams").MapTeams();
        api.MapGroup("").WithTags("audit").MapAudit();
        app.MapOpenApi(ApiDocument.Path).AllowAnonymous();
    }

    internal static Me Me(TokenHolder holder)
    {
        var actor = holder.Actor;
        return new Me(
            actor.Name, actor.Token, [.. (actor.Scopes ?? new HashSet<Core.Security.TokenScope>()).Order()], [.. actor.Roles.Order(StringComparer.Ordinal)], [.. actor.Teams.Order(StringComparer.Ordinal)]);
    }

    private static TokenHolder TokenHolderOf(HttpContext http) => Infrastructure.SignIn.TokenHandler.HolderOf(http);
}
