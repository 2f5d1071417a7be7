using Dapper;
using Npgsql;
using Portal.Core.Audit;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Audit;

/// <summary>
/// What the role that portals and workers run as may do to the audit trail: not by the triggers, which an owner could take away, but because it
/// has no right to anything else.
/// </summary>
public sealed class TrailProtectionTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    public static TheoryData<string> Crimes =>
    [
        .. from table in (string[])["events", "portal_events", "portal_chain"]
           from crime in (string[])
           [
               $"delete from {table}", $"truncate {table} cascade", $"insert into {table} select * from {table} limit 1",
               $"alter table {table} disable trigger all", $"alter table {table} add column more text", $"alter table {table} owner to current_user", $"drop table {table} cascade",
               $"create trigger mine before insert on {table} for each row execute function refuse_change()", $"create rule mine as on insert to {table} do instead nothing",
           ]
           select crime,
        "update events set message = ''",
        "update portal_events set message = ''",
        "update portal_chain set last_event = 0",
        "drop trigger events_immutable on events",
        "drop trigger portal_events_kept on portal_events",
        "set session_replication_role = replica",
        "set role portal",
        "update environments set last_event = 0",
        "alter function append_event(uuid, uuid, text, text, text, text, timestamptz, text, text, text, jsonb, text) security invoker",
        "create or replace function event_hash(before bytea, one events) returns bytea language sql stable as 'select null::bytea'",
        "create function sha256(text) returns bytea language sql as 'select null::bytea'",
        "drop schema public cascade",
        "delete from schema_migrations",
        "update specifications set document = '{}'",
        "delete from artifacts",
        "update approvals set verdict = 'Approve'",
        "delete from request_comments",
    ];

    [Theory]
    [MemberData(nameof(Crimes))]
    public async Task Trail_ByTheRoleThatThePortalRunsAs_IsNotChanged(string crime)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();

        (await Should.ThrowAsync<PostgresException>(() => connection.ExecuteAsync(crime))).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    /// <summary>It runs with its owner's rights: what a session calls like one of our tables must not get them.</summary>
    [Fact]
    public async Task Append_WithTablesOfTheSessionsOwn_WritesIntoOurs()
    {
        await using var session = new NpgsqlConnection(await AuditSamples.DatabaseAsync());
        await session.OpenAsync();
        await session.ExecuteAsync("create temp table events (like public.events); create temp table environments (like public.environments)");

        await session.ExecuteAsync("select append_event(id, null, null, 'environment.sleep', 'Info', '', now(), 'x', 'X', 'Person', '{}') from public.environments");

        (await session.QuerySingleAsync<(long, long)>("select (select count(*) from public.events), (select count(*) from events)")).ShouldBe((2, 0));
    }

    [Fact]
    public async Task Weakness_OfTwoRoles_IsNone() => (await TrailProtection.WeaknessAsync(postgres.Database, default)).ShouldBeNull();

    [Theory]
    [InlineData("select 1", "is a superuser")]
    [InlineData("create role {0}; grant portal to {0}; set role {0}", "owns the tables")]
    [InlineData("create role {0}; grant create on schema public to {0}; set role {0}", "may make tables and functions beside the trail's")]
    [InlineData("create role {0}; grant update (message) on events to {0}; set role {0}", "may write the trail's tables by itself")]
    public async Task Weakness_OfARoleThatMayMore_SaysWhatProtectsTheTrailThen(string become, string weakness)
    {
        var role = $"more_{Guid.NewGuid():N}";
        var builder = new NpgsqlDataSourceBuilder(await PostgresFixture.AsOwnerAsync(postgres.ConnectionString) + ";Pooling=false");
        builder.UsePhysicalConnectionInitializer(
            connection => connection.Execute(become.Replace("{0}", role, StringComparison.Ordinal)), connection => connection.ExecuteAsync(become.Replace("{0}", role, StringComparison.Ordinal)));
        await using var database = builder.Build();

        (await TrailProtection.WeaknessAsync(database, default)).ShouldBe(
            $"The portal's database role '{(become == "select 1" ? "portal" : role)}' {weakness}: only the chain of hashes protects the audit trail from it. README.md says how it gets no more rights than it needs (ConnectionStrings__Migrations).");
    }
}
