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
    public string Environment { get; init; } = "";
    public RequestKind Kind { get; init; }
    public RequestState State { get; init; }
    public string RequestedById { get; init; } = "";
    public string RequestedByName { get; init; } = "";
    public DateTimeOffset SubmittedAt { get; init; }
    public string Plan { get; init; } = "";
    public string PlanHash { get; init; } = "";
    public int Version { get; init; }
    public required Specification Specification { get; init; }
    public RequestFacts? Facts { get; init; }

    /// <summary>Finds it, and keeps everybody else from deciding until the end of the transaction.</summary>
    public static async Task<FoundRequest?> HoldAsync(NpgsqlConnection connection, Guid requestId) =>
        (await connection.QuerySingleOrDefaultAsync<Row>(
            """
            select r.id as Id, r.environment_id as EnvironmentId, e.name as Environment, r.kind as Kind, r.state as State, r.requested_by_id as RequestedById,
                   r.requested_by_name as RequestedByName, r.submitted_at as SubmittedAt, r.plan::text as Plan, r.plan_hash as PlanHash,
                   r.specification_version as Version, s.document::text as Document, r.facts::text as Facts
            from requests r
            join environments e on e.id = r.environment_id
            join specifications s on s.environment_id = r.environment_id and s.version = r.specification_version
            where r.id = @requestId for update of r
            """, new { requestId }))?.Request;

    /// <summary>How it ended, in words.</summary>
    public string EndedBy(IReadOnlyList<GivenVerdict> given) => (State, given) switch
    {
        (RequestState.Withdrawn, _) => $"{RequestedByName} withdrew this already.",
        (RequestState.Rejected, [.., var last]) => $"{last.ByName} rejected this already.",
        (_, [.., var last]) => $"{last.ByName} approved this already.",
        _ => "This is decided already.",
    };

    private sealed record Row
    {
        public Guid Id { get; init; }
        public Guid EnvironmentId { get; init; }
        public string Environment { get; init; } = "";
        public RequestKind Kind { get; init; }
        public RequestState State { get; init; }
        public string RequestedById { get; init; } = "";
        public string RequestedByName { get; init; } = "";
        public DateTime SubmittedAt { get; init; }
        public string Plan { get; init; } = "";
        public string PlanHash { get; init; } = "";
        public int Version { get; init; }
        public string Document { get; init; } = "";
        public string? Facts { get; init; }

        public FoundRequest Request => new()
        {
            Id = Id,
            EnvironmentId = EnvironmentId,
            Environment = Environment,
            Kind = Kind,
            State = State,
            RequestedById = RequestedById,
            RequestedByName = RequestedByName,
            SubmittedAt = new DateTimeOffset(SubmittedAt, TimeSpan.Zero),
            Plan = Plan,
            PlanHash = PlanHash,
            Version = Version,
            Specification = JsonSerializer.Deserialize<Specification>(Document, Specification.Json) ?? throw new InvalidDataException("The stored specification is empty."),
            Facts = Facts is null ? null : RequestFacts.FromJson(Facts),
        };
    }
}
