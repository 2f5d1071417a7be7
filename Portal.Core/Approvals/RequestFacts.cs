using System.Text.Json;
using System.Text.Json.Serialization;
using Dapper;
using Npgsql;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Core.Approvals;

/// <summary>What the rules of approval look at. Kept with the request, so that rules that have changed meanwhile can be asked again.</summary>
public sealed record RequestFacts
{
    public required RequestKind Kind { get; init; }
    public required EnvironmentClass Class { get; init; }
    public required string Target { get; init; }

    /// <summary>Its own; where it is no team's, those of who asks.</summary>
    public IReadOnlyList<string> Teams { get; init; } = [];

    /// <summary>Id of the golden path that it keeps to; empty for none.</summary>
    public string GoldenPath { get; init; } = "";

    /// <summary>What it costs a month afterwards; 0 for a destruction.</summary>
    public decimal Monthly { get; init; }

    /// <summary>How much more that is than now; below 0 where it is less.</summary>
    public decimal Rise { get; init; }

    public bool LosesData { get; init; }

    /// <summary>Whether something of it asks its callers neither for a sign-in nor for a key, or its cluster's endpoint is the world's.</summary>
    public bool IsOpen { get; init; }

    /// <summary>What became of the images that are new or others than before; null where registries are not asked.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ImagePin>? Images { get; init; }

    /// <param name="said">What was said of images, newest first; of those that the specification has no more it does not matter.</param>
    internal RequestFacts WithImages(Specification specification, params ReadOnlySpan<IReadOnlyList<ImagePin>?> said)
    {
        var images = new List<ImagePin>();
        foreach (var service in specification.Services)
        {
            foreach (var pins in said)
            {
                if (pins?.FirstOrDefault(pin => pin.Service == service.Name && (pin.Digest is null ? pin.Image == service.Image : service.Image.EndsWith(pin.Digest, StringComparison.Ordinal))) is not { } found)
                    continue;
                images.Add(found);
                break;
            }
        }

        return this with { Images = images.Count == 0 ? null : images };
    }

    /// <param name="plan">What would be done.</param>
    /// <param name="teams">Its own; where it is no team's, those of who asks.</param>
    /// <param name="goldenPath">Id of the one that it keeps to; empty for none.</param>
    /// <param name="environment">What there is already; null for a creation.</param>
    /// <param name="losesData">Of a change; a destruction loses what the stores hold.</param>
    public static async Task<RequestFacts> OfAsync(
        NpgsqlConnection connection, RequestKind kind, Specification specification, Plan plan, IEnumerable<string> teams, string goldenPath = "", Guid? environment = null, bool losesData = false)
    {
        var ofTarget = await connection.ExecuteScalarAsync<string?>("select api_access_cidrs from targets where name = @Target", new { specification.Target });
        var now = environment is null ? 0 : await connection.ExecuteScalarAsync<decimal>("select monthly_cost from environments where id = @environment", new { environment });
        var monthly = kind == RequestKind.Destroy ? 0 : plan.Cost.Monthly;
        return new RequestFacts
        {
            Kind = kind,
            Class = specification.Class,
            Target = specification.Target,
            Teams = [.. teams.Order(StringComparer.Ordinal)],
            GoldenPath = goldenPath,
            Monthly = monthly,
            Rise = monthly - now,
            // What exists may be more than what is asked for, where a change was rolled back.
            LosesData = kind == RequestKind.Destroy
                ? specification.Services.Any(service => service.Stores.Count > 0) || plan.Steps.Any(step => step.Action == PlanAction.Remove && StepNames.IsData(step.Name))
                : losesData,
            IsOpen = kind != RequestKind.Destroy
                && (specification.Services.Any(service => service.IsOpen) || specification.Cluster.IsOpenToTheWorld(ofTarget ?? "")),
        };
    }

    public string ToJson() => JsonSerializer.Serialize(this, Specification.Json);

    public static RequestFacts FromJson(string json) =>
        JsonSerializer.Deserialize<RequestFacts>(json, Specification.Json) ?? throw new InvalidDataException("The stored facts are empty.");
}
