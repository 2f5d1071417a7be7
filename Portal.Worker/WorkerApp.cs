using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Portal.Core.Audit;
using Portal.Core.Inquiries;
using Portal.Core.Persistence;
using Portal.Worker.Accounts;
using Portal.Worker.Drift;
using Portal.Worker.Engine;
using Portal.Worker.Inquiries;
using Portal.Worker.Notifications;
using Portal.Worker.Observe;
using Portal.Worker.Rehearsals;
using Portal.Worker.Steps;

namespace Portal.Worker;

/// <summary>The worker as a host of its own: alone in a process, or beside the portal in the embedded composition.</summary>
public static class WorkerApp
{
    /// <param name="rehearses">Whether it plays rehearsals; a worker that is a part of one does not.</param>
    /// <exception cref="OptionsFault">The configuration cannot be used; the message lists every fault.</exception>
    public static WebApplication Build(string[] args, Action<IConfigurationBuilder>? configure = null, bool rehearses = true)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ApplicationName = typeof(WorkerApp).Assembly.GetName().Name });
        configure?.Invoke(builder.Configuration);
        var connectionString = builder.Configuration.GetConnectionString("Portal");
        if (string.IsNullOrWhiteSpace(connectionString))
            throw new OptionsFault("ConnectionStrings:Portal is not set: give the Postgres the portal uses, for example ConnectionStrings__Portal='Host=localhost;Database=portal;Username=portal;Password=…'.");
        builder.Services.AddPortalDatabase(connectionString, prepared: 64);
        builder.Services.AddGateways(builder.Configuration);
        builder.Services.AddSteps(builder.Configuration);
        builder.Services.AddObservers();
        builder.Services.AddEngine(connectionString);
        builder.Services.AddDrift();
        builder.Services.AddSingleton<IAnswerInquiry, AnswerInquiry>().AddSingleton<IAnswerDoorRequest, AnswerDoorRequest>().AddRecurring<ForgetInquiries>();
        builder.Services.AddRecurring<AccountReader>();
        builder.Services.AddTelling(builder.Configuration);
        if (rehearses)
            builder.Services.AddRehearsals(builder.Configuration, connectionString);
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealth>("database", tags: ["ready"]);
        var app = builder.Build();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = (context, report) => context.Response.WriteAsJsonAsync(HealthReports.Describe(report)) });
        return app;
    }

    /// <summary>Brings the schema up to date, then runs until it is told to stop.</summary>
    /// <exception cref="DatabaseUnusableException">With the remedy.</exception>
    public static async Task RunAsync(WebApplication app)
    {
        var database = app.Services.GetRequiredService<NpgsqlDataSource>();
        await Migrator.MigrateAsync(database, DatabaseLogins.From(app.Configuration), app.Services.GetRequiredService<TimeProvider>(), app.Lifetime.ApplicationStopping);
        await TrailProtection.WarnAsync(database, app.Logger, app.Lifetime.ApplicationStopping);
        await app.RunAsync();
    }
}

/// <summary>A configuration that cannot be used, in words for the person who starts the process.</summary>
public sealed class OptionsFault(string message) : Exception(message);
