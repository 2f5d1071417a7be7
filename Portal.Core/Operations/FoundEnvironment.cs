using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Core.Teams;

namespace Portal.Core.Operations;

/// <summary>An environment as a person who wants to change it finds it.</summary>
/// <param name="Plan">Of its newest operation: the head of every further plan.</param>
/// <param name="IsAsleep">Whether anything of it rests, or may: all of it, or what a sleep or a waking that stopped half-way left.</param>
/// <param name="Kind">Of its newest operation; null before the first.</param>
/// <param name="Specification">What it is to be when what waits in line is done.</param>
/// <param name="Becomes">What it is when what is under way and in line has succeeded.</param>
internal sealed record FoundEnvironment(
    Guid Id, string Name, string Target, string OwnerName, EnvironmentState State, bool IsProtected, bool IsAsleep, Specification Specification, Plan Plan, OperationKind? Kind,
    EnvironmentState Becomes)
{
    public string Team { get; private init; } = "";

    public string OwnerId { get; private init; } = "";

    /// <summary>Dollars a month, as it is now.</summary>
    public decimal MonthlyCost { get; private init; }

    /// <summary>Id of the golden path that it began with; empty for none.</summary>
    public string GoldenPath { get; private init; } = "";

    public Ownership Ownership => new(Name, Team);

    /// <inheritdoc cref="Transitions.IsAsSpecified"/>
    public bool IsAsSpecified { get; private init; }

    public static async Task<FoundEnvironment?> FindAsync(NpgsqlConnection connection, Guid environmentId)
    {
        var row = await connection.QuerySingleOrDefaultAsync<Row>(
            """
            select e.name as Name, e.target as Target, e.owner_id as OwnerId, e.owner_name as OwnerName, e.team as Team, e.golden_path as GoldenPath, e.monthly_cost as MonthlyCost, e.state as State, e.protected as Protected,
                   exists (select from deployments d where d.environment_id = e.id and d.asleep) as Asleep,
                   s.document::text as Document, coalesce(o.plan, r.plan)::text as Plan, o.kind as Kind, o.state as OperationState,
                   not exists (select from steps where operation_id = o.id and action <> 'Probe' and steps.state <> 'Succeeded') as AllDone,
                   (select kind from waiting_operations w where w.environment_id = e.id order by number desc limit 1) as LastInLine
            from environments e
            join specifications s on s.environment_id = e.id and s.version = coalesce(
              (select specification_version from waiting_operations w where w.environment_id = e.id and specification_version is not null order by number desc limit 1),
              e.specification_version)
            join lateral (select plan from requests where environment_id = e.id order by number desc limit 1) r on true
            left join lateral (select id, plan, kind, state from operations where environment_id = e.id order by created_at desc limit 1) o on true
            where e.id = @environmentId
            """, new { environmentId });
        return row is null ? null : new FoundEnvironment(
            environmentId, row.Name, row.Target, row.OwnerName, row.State, row.Protected, row.Asleep,
            JsonSerializer.Deserialize<Specification>(row.Document, Specification.Json) ?? throw new InvalidDataException("The stored specification is empty."),
            Provisioning.Plan.FromJson(row.Plan), row.Kind,
            Transitions.Becomes(row.State, row is { Kind: { } kind, OperationState: { } state } ? (kind, state) : null, row.LastInLine))
        {
            Team = row.Team,
            OwnerId = row.OwnerId,
            GoldenPath = row.GoldenPath,
            MonthlyCost = row.MonthlyCost,
            IsAsSpecified = Transitions.IsAsSpecified(row.State, row.Kind, row.AllDone),
        };
    }

    private sealed record Row
    {
        public string Name { get; init; } = "";
        public string Target { get; init; } = "";
        public string OwnerId { get; init; } = "";
        public string OwnerName { get; init; } = "";
        public string Team { get; init; } = "";
        public string GoldenPath { get; init; } = "";
        public decimal MonthlyCost { get; init; }
        public EnvironmentState State { get; init; }
        public bool Protected { get; init; }
        public bool Asleep { get; init; }
        public string Document { get; init; } = "";
        public string Plan { get; init; } = "";
        public OperationKind? Kind { get; init; }
        public OperationState? OperationState { get; init; }
        public bool AllDone { get; init; }
        public OperationKind? LastInLine { get; init; }
    }
}
