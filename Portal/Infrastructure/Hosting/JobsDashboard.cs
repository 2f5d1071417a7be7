using Hangfire;
using Hangfire.Dashboard;
using Portal.Core.Operations;
using Portal.Core.Security;
using Portal.Infrastructure.SignIn;

namespace Portal.Infrastructure.Hosting;

/// <summary>Hangfire's own pages, for who operates the portal: read only but for administrators.</summary>
internal static class JobsDashboard
{
    public const string Path = "/operations/jobs";

    /// <summary>A few people look at it, now and then.</summary>
    private const int Connections = 4;

    public static void AddPortalJobs(this IServiceCollection services, string connectionString) =>
        services.AddHangfire(hangfire => hangfire
            .UseSimpleAssemblyNameTypeSerializer()
            .UseRecommendedSerializerSettings()
            .UseStorage(JobStorageSettings.Open(connectionString, Connections)));

    public static void MapPortalJobs(this WebApplication app) => app.MapHangfireDashboard(Path, new DashboardOptions
    {
        AppPath = "/",
        DashboardTitle = "Background jobs",
        // The endpoint's policy lets in; the library's own rule lets in whoever sits at the machine.
        Authorization = [],
        IsReadOnlyFunc = context => !CurrentActor.From(context.GetHttpContext().User).May(Permission.Administer),
        DisplayStorageConnectionString = false,
    })
        .RequireAuthorization(nameof(Permission.Operate));
}
