using System.Diagnostics;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Persistence;
using Portal.Core.Security;
using Portal.Core.Teams;
using Portal.Tests.Provisioning;

namespace Portal.Benchmarks;

/// <summary>
/// The lists of an installation that has lived for a while: ten thousand environments and a million events. How long the database takes for what
/// pages ask of it, and how it goes about that.
/// </summary>
internal static class DashboardBenchmark
{
    private const int Teams = 40;

    private static readonly Actor s_viewer = new("viewer", "Viewer", new HashSet<string> { Roles.Viewer });

    private static readonly (string Name, EnvironmentFilter Filter)[] s_filters =
    [
        ("first", new()),
        ("last_page", new() { Page = int.MaxValue }),
        ("ready", new() { Group = EnvironmentGroup.Ready }),
        ("degraded", new() { Group = EnvironmentGroup.Degraded }),
        ("running", new() { Group = EnvironmentGroup.Running }),
        ("failed", new() { Group = EnvironmentGroup.Failed }),
        ("requested", new() { Group = EnvironmentGroup.Requested }),
        ("destroyed", new() { Group = EnvironmentGroup.Destroyed }),
        ("expiring", new() { Attention = EnvironmentAttention.Expiring }),
        ("drifted", new() { Attention = EnvironmentAttention.Drifted }),
        ("mine", new() { Mine = true }),
        ("team", new() { Team = "team-7" }),
        ("target", new() { Target = Samples.Target.Name }),
        ("search", new() { Search = "shop-77" }),
        ("search_nothing", new() { Search = "no such name" }),
        .. Enum.GetValues<EnvironmentSort>().Where(sort => sort != EnvironmentSort.Changed).Select(sort => ($"by_{sort.ToString().ToLowerInvariant()}", new EnvironmentFilter { Sort = sort })),
    ];

    /// <param name="plans">Whether to print the plan of every statement, as the database carried it out.</param>
    public static async Task RunAsync(int environments, int events, bool plans)
    {
        await using var installation = await Installation.StartAsync(60);
        await FillAsync(installation, environments, Math.Max(1, events / environments));
        if (plans)
            await ExplainAsync(installation);
        else
            await MeasureAsync(installation);
    }

    private static async Task MeasureAsync(Installation installation)
    {
        await using (var connection = await installation.Database.OpenConnectionAsync())
        {
            var (environments, events, size) = await connection.QuerySingleAsync<(long, long, double)>(
                "select (select count(*) from environments), (select count(*) from events), pg_database_size(current_database()) / 1048576.0");
            Figures.Print("dashboard.environments", environments, "count");
            Figures.Print("dashboard.events", events, "count");
            Figures.Print("dashboard.database", size, "MiB");
        }

        var queries = Queries(installation.Services, installation.Database);
        foreach (var (name, ask) in Questions(queries, installation.Services))
        {
            var took = new List<double>();
            for (var round = 0; round < 60; round++)
            {
                var since = Stopwatch.GetTimestamp();
                await ask();
                took.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
            }

            // The first ones are compiled while they run, which is the start's cost.
            var warm = took.Skip(10).ToList();
            Figures.Print($"dashboard.{name}.p50", Figures.Percentile(warm, 0.5), "ms");
            Figures.Print($"dashboard.{name}.p95", Figures.Percentile(warm, 0.95), "ms");
        }
    }

    private static IEnumerable<(string Name, Func<Task> Ask)> Questions(DashboardQueries queries, IServiceProvider services)
    {
        foreach (var (name, filter) in s_filters)
            yield return (name, () => queries.DashboardAsync(Installation.Ops, filter, CancellationToken.None));
        // Who does not see every team's.
        yield return ("first_of_a_team", () => queries.DashboardAsync(s_viewer, new EnvironmentFilter(), CancellationToken.None));
        var overview = services.GetRequiredService<OverviewQueries>();
        yield return ("operations", () => overview.ReadAsync(Installation.Ops, TimeZoneInfo.Utc, CancellationToken.None));
        var requests = services.GetRequiredService<RequestQueries>();
        yield return ("requests", () => requests.RequestsAsync(Installation.Ops, new RequestFilter(), CancellationToken.None));
        yield return ("watch", () => services.GetRequiredService<EnvironmentQueries>().UntoldAsync([], all: true, CancellationToken.None));
    }

    private static DashboardQueries Queries(IServiceProvider services, NpgsqlDataSource database) => new(database, services.GetRequiredService<Sight>());

    // As the server says it of the statements that the pages send, not of a copy of them.
    private static async Task ExplainAsync(Installation installation)
    {
        var connectionString = new NpgsqlConnectionStringBuilder(installation.SuperuserConnectionString)
        {
            Options = "-c session_preload_libraries=auto_explain -c auto_explain.log_min_duration=0 -c auto_explain.log_analyze=on -c auto_explain.log_buffers=on -c client_min_messages=log",
        };
        var builder = new NpgsqlDataSourceBuilder(connectionString.ConnectionString);
        builder.UsePhysicalConnectionInitializer(Listen, connection => { Listen(connection); return Task.CompletedTask; });
        await using var database = builder.Build();
        var queries = Queries(installation.Services, database);
        foreach (var (name, filter) in s_filters)
        {
            Console.WriteLine($"== {name}");
            await queries.DashboardAsync(Installation.Ops, filter, CancellationToken.None);
        }
    }

    private static void Listen(NpgsqlConnection connection) => connection.Notice += (_, notice) =>
    {
        if (notice.Notice.MessageText.StartsWith("duration:", StringComparison.Ordinal))
            Console.WriteLine(notice.Notice.MessageText);
    };

    /// <summary>One shop asked for and approved as people do it, and as many copies of its rows as are wanted, in every state.</summary>
    private static async Task FillAsync(Installation installation, int environments, int eventsEach)
    {
        var shop = await installation.ApproveAsync(Samples.Shop("prototype"));
        await using var connection = new NpgsqlConnection(installation.SuperuserConnectionString);
        await connection.OpenAsync();
        // No triggers and no foreign keys: what is copied was checked once.
        await connection.ExecuteAsync("set session_replication_role = replica");
        await connection.ExecuteAsync(
            """
            create temp table copies as
              select n, gen_random_uuid() as id, gen_random_uuid() as request, gen_random_uuid() as operation,
                     (array['Ready','Ready','Ready','Ready','Ready','Ready','Ready','Ready','Asleep','Destroyed','Ready','Failed','Ready','Changing','Ready','Ready','Requested','Ready','Destroyed','Ready'])[1 + n % 20] as state,
                     now() - n * interval '97 seconds' as at
              from generate_series(1, @environments) n;
            """, new { environments }, commandTimeout: 0);
        await CopyAsync(connection, "environments", "id = @shop", shop,
            $"'id', c.id, 'name', 'shop-' || c.n, 'state', c.state, 'team', case when c.n % 50 = 0 then '' else 'team-' || c.n % {Teams} end, "
            + "'owner_id', 'person-' || c.n % 400, 'owner_name', 'Person ' || c.n % 400, 'services', 1 + c.n % 30, 'monthly_cost', 90 + c.n * 7919 % 3000, "
            + $"'last_event', {eventsEach}, 'revision', {eventsEach}, 'created_at', c.at - interval '40 days', 'changed_at', c.at, "
            + "'health', case when c.n % 97 = 0 then 'Degraded' else 'Healthy' end, 'expires_at', case when c.n % 3 = 0 then now() + c.n * interval '11 minutes' end", "true");
        await CopyAsync(connection, "specifications", "environment_id = @shop", shop, "'environment_id', c.id", "true");
        await CopyAsync(connection, "requests", "environment_id = @shop", shop,
            "'id', c.request, 'number', 1000 + c.n, 'environment_id', c.id, 'state', case when c.state = 'Requested' then 'Submitted' else 'Approved' end, "
            + "'decided_at', case when c.state <> 'Requested' then c.at end, 'submitted_at', c.at - interval '40 days'", "true");
        await CopyAsync(connection, "operations", "environment_id = @shop", shop,
            "'id', c.operation, 'environment_id', c.id, 'request_id', c.request, 'state', case c.state when 'Changing' then 'Running' when 'Failed' then 'Failed' else 'Succeeded' end, "
            + "'created_at', c.at - interval '1 hour', 'started_at', c.at - interval '1 hour', 'finished_at', case when c.state <> 'Changing' then c.at end", "c.state <> 'Requested'");
        await CopyAsync(connection, "steps", "operation_id = (select id from operations where environment_id = @shop)", shop,
            "'operation_id', c.operation, 'state', case when c.state = 'Changing' and p.ordinal > 8 then 'Pending' when c.state = 'Failed' and p.ordinal = 8 then 'Failed' else 'Succeeded' end, "
            + "'attempt', 1, 'started_at', c.at - interval '1 hour', 'finished_at', c.at", "c.state <> 'Requested'");
        await connection.ExecuteAsync(
            """
            insert into deployments (environment_id, step, plan, outputs, complete, operation_id, created_at, changed_at)
              select c.id, step ->> 'name', step, '{}', true, c.operation, c.at, c.at
              from operations o cross join jsonb_array_elements(o.plan -> 'steps') step, copies c
              where o.environment_id = @shop and c.state not in ('Requested', 'Destroyed');
            insert into resources (environment_id, step, type, name, physical_id, state, ready, changed_at)
              select c.id, s.name, case when each = 1 and s.service is not null then 'Kubernetes::Deployment' else 'AWS::Some::Resource' || each end, 'Resource' || each, gen_random_uuid(), 'CREATE_COMPLETE', true, c.at
              from steps s cross join generate_series(1, 5) each, copies c
              where s.operation_id = (select id from operations where environment_id = @shop) and c.state not in ('Requested', 'Destroyed');
            """, new { shop }, commandTimeout: 0);
        await connection.ExecuteAsync(
            """
            insert into events (environment_id, number, at, operation_id, step, kind, severity, message, actor_id, actor_name, actor_kind, body, hash)
              select c.id, each, c.at - (@eventsEach - each) * interval '20 seconds', c.operation, 'cluster', case when each % 4 = 0 then 'step.succeeded' else 'resource.changed' end, 'Info',
                     'Security group for the load balancer of shop ' || c.n || ' is CREATE_COMPLETE', 'system', 'Portal', 'System',
                     jsonb_build_object('v', 1, 'step', 'cluster', 'state', 'CREATE_COMPLETE', 'resource', 'LoadBalancerSecurityGroup'), '\x00'
              from copies c, generate_series(1, @eventsEach) each
            """, new { eventsEach }, commandTimeout: 0);
        await connection.ExecuteAsync(
            """
            insert into drifts (environment_id, step, resource, type, property, expected, found, found_at)
              select id, 'cluster', 'Resource' || each, 'AWS::Some::Resource', 'Size', '1', '2', at from copies, generate_series(1, 3) each where n % 40 = 0
            """, commandTimeout: 0);
        await connection.ExecuteAsync("vacuum analyze", commandTimeout: 0);
    }

    private static async Task CopyAsync(NpgsqlConnection connection, string table, string of, Guid shop, string otherwise, string where)
    {
        // Without what the database makes itself.
        var columns = string.Join(", ", await connection.QueryAsync<string>(
            "select column_name from information_schema.columns where table_schema = 'public' and table_name = @table and is_generated = 'NEVER'", new { table }));
        await connection.ExecuteAsync(
            $"""
            insert into {table} ({columns}) overriding system value
              select {string.Join(", ", columns.Split(", ").Select(column => "r." + column))}
              from {table} p cross join copies c cross join lateral jsonb_populate_record(null::{table}, to_jsonb(p) || jsonb_build_object({otherwise})) r
              where p.{of} and {where}
            """, new { shop }, commandTimeout: 0);
    }
}
