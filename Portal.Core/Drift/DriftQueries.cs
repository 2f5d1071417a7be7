using Dapper;
using Npgsql;
using Portal.Core.Environments;
using Portal.Core.Security;
using Portal.Core.Teams;

namespace Portal.Core.Drift;

/// <summary>One property of an environment that is not as it was planned.</summary>
/// <param name="Title">Of the step.</param>
/// <param name="Property">Empty where the whole resource is gone.</param>
/// <param name="IgnoredUntil">Null where nobody has looked at it and left it.</param>
public sealed record DriftedProperty(
    string Step, string Title, string Resource, string Type, string Property, string? Expected, string? Found, DateTimeOffset FoundAt,
    DateTimeOffset? IgnoredUntil, string? IgnoredBy);

/// <summary>What the last check found.</summary>
public sealed class DriftQueries(NpgsqlDataSource database, Sight sight, TimeProvider clock)
{
    public const int PageSize = 50;

    /// <param name="page">From 0; beyond the last it is the last.</param>
    public async Task<Page<DriftedProperty>> ListAsync(Actor actor, Guid environmentId, int page, int size, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await sight.MustSeeAsync(connection, actor, environmentId);
        return await new PageWindow(page, size).ReadAsync<Record, DriftedProperty>(
            connection,
            "select count(*)::int from drifts where environment_id = @environmentId",
            """
            select f.step, coalesce(d.plan ->> 'title', f.step) as Title, f.resource, f.type, f.property, f.expected, f.found, f.found_at as FoundAt, i.until as IgnoredUntil, i.by_name as IgnoredBy
            from drifts f
            left join deployments d on d.environment_id = f.environment_id and d.step = f.step
            left join drift_ignores i on i.environment_id = f.environment_id and i.step = f.step and i.resource = f.resource and i.until > @now
            where f.environment_id = @environmentId
            order by i.until is not null, f.step, f.resource, f.property limit @size offset @skip
            """,
            new DynamicParameters(new { environmentId, now = clock.GetUtcNow() }), row => row.ToProperty(), cancellationToken);
    }

    private sealed record Record
    {
        public string Step { get; init; } = "";
        public string Title { get; init; } = "";
        public string Resource { get; init; } = "";
        public string Type { get; init; } = "";
        public string Property { get; init; } = "";
        public string? Expected { get; init; }
        public string? Found { get; init; }
        public DateTime FoundAt { get; init; }
        public DateTime? IgnoredUntil { get; init; }
        public string? IgnoredBy { get; init; }

        public DriftedProperty ToProperty() => new(
            Step, Title, Resource, Type, Property, Expected, Found, new DateTimeOffset(FoundAt, TimeSpan.Zero),
            IgnoredUntil is { } until ? new DateTimeOffset(until, TimeSpan.Zero) : null, IgnoredBy);
    }
}
