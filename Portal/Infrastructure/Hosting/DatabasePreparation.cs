using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using Portal.Core.Audit;
using Portal.Core.Catalog;
using Portal.Core.Persistence;

namespace Portal.Infrastructure.Hosting;

/// <summary>Brings the database to where this version needs it, before anything else looks at it.</summary>
internal static class DatabasePreparation
{
    /// <summary>Migrations, then the configured targets. Safe in any number of processes at once.</summary>
    /// <exception cref="DatabaseUnusableException">With the remedy.</exception>
    public static async Task PrepareDatabaseAsync(this WebApplication app, CancellationToken cancellationToken = default)
    {
        var targets = app.Services.GetRequiredService<IOptions<PortalOptions>>().Value.Targets;
        var usual = app.Services.GetRequiredService<ServiceCatalog>().ReadsPerSecond;
        var database = app.Services.GetRequiredService<NpgsqlDataSource>();
        await Migrator.PrepareAsync(
            database, DatabaseLogins.From(app.Configuration), app.Services.GetRequiredService<TimeProvider>(), (connection, token) => SaveAsync(connection, targets, usual, token), cancellationToken);
        await TrailProtection.WarnAsync(database, app.Logger, cancellationToken);
    }

    private static async Task SaveAsync(NpgsqlConnection connection, IEnumerable<TargetOptions> targets, double usual, CancellationToken cancellationToken)
    {
        // A target that left the configuration stays: environments refer to it.
        foreach (var target in targets)
        {
            var values = new DynamicParameters(target);
            values.Add("usual", usual);
            await connection.ExecuteAsync(new CommandDefinition(
                """
                insert into targets (name, account_id, region, role_arn, external_id, endpoint_url, front_door_url, api_access_cidrs, template_bucket, event_queue, pace, reads_per_second)
                values (@Name, @AccountId, @Region, nullif(@RoleArn, ''), nullif(@ExternalId, ''), nullif(@EndpointUrl, ''), nullif(@FrontDoorUrl, ''), @ApiAccessCidrs,
                  nullif(@TemplateBucket, ''), nullif(@EventQueue, ''), @Pace, coalesce(@ReadsPerSecond, @usual))
                on conflict (name) do update set account_id = excluded.account_id, region = excluded.region, role_arn = excluded.role_arn, external_id = excluded.external_id,
                  template_bucket = excluded.template_bucket, event_queue = excluded.event_queue, endpoint_url = excluded.endpoint_url, front_door_url = excluded.front_door_url, api_access_cidrs = excluded.api_access_cidrs, pace = excluded.pace, reads_per_second = excluded.reads_per_second
                """,
                values, cancellationToken: cancellationToken));
        }
    }
}
