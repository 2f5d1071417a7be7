using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Core.Approvals;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Core.Requests;

/// <summary>A request as a use case holds it.</summary>
internal sealed record FoundRequest
{
    public Guid Id { get; init; }
    public Guid EnvironmentId { get; init; }
    public RequestKind Kind { get; init; }
    public RequestState State { get; init; }
    public string RequestedById { get; init; } = "";
    public string RequestedByName { get; init; } = "";
    public DateTimeOffset SubmittedAt => new(AskedAt, TimeSpan.Zero);

    /// <summary>Since when it waits as it is now.</summary>
    public DateTimeOffset WaitsSince => new(WaitsFrom, TimeSpan.Zero);
    public string PlanHash { get; init; } = "";
    public int Version { get; init; }
    public Plan Plan => Plan.FromJson(PlanJson);
    public RequestFacts? Facts => FactsJson is null ? null : RequestFacts.FromJson(FactsJson);

    public Specification Specification =>
        JsonSerializer.Deserialize<Specification>(Document, Specification.Json) ?? throw new InvalidDataException("The stored specification is empty.");

    private DateTime AskedAt { get; init; }
    private DateTime WaitsFrom { get; init; }
    private string PlanJson { get; init; } = "";
    private string Document { get; init; } = "";
    private string? FactsJson { get; init; }

    /// <summary>Finds it, and keeps everybody else from deciding until the end of the transaction.</summary>
    public static Task<FoundRequest?> HoldAsync(NpgsqlConnection connection, Guid requestId) => FindAsync(connection, requestId, "for update of r");

    /// <summary>Finds it, for who only looks.</summary>
    public static Task<FoundRequest?> FindAsync(NpgsqlConnection connection, Guid requestId, string hold = "") => connection.QuerySingleOrDefaultAsync<FoundRequest>(
        $"""
        select r.id as Id, r.environment_id as EnvironmentId, r.kind as Kind, r.state as State, r.requested_by_id as RequestedById,
               r.requested_by_name as RequestedByName, r.submitted_at as AskedAt, coalesce(r.revised_at, r.submitted_at) as WaitsFrom, r.plan::text as PlanJson, r.plan_hash as PlanHash,
               r.specification_version as Version, s.document::text as Document, r.facts::text as FactsJson
        from requests r join specifications s on s.environment_id = r.environment_id and s.version = r.specification_version
        where r.id = @requestId {hold}
        """, new { requestId });

    /// <summary>How it ended, in words.</summary>
    public string EndedBy(IReadOnlyList<GivenVerdict> given) => (State, given) switch
    {
        (RequestState.Withdrawn, _) => $"{RequestedByName} withdrew this already.",
        (RequestState.Expired, _) => "This has expired: nobody decided on it in time.",
        (RequestState.Rejected, [.., var last]) => $"{last.Who} rejected this already.",
        (_, [.., var last]) => $"{last.Who} approved this already.",
        _ => "This is decided already.",
    };
}
