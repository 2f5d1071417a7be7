using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Core.Requests;

/// <summary>
/// The routes that an environment's API serves now. A version can only be kept with routes that exist: an API's deployment is a snapshot,
/// and one that is made under an earlier one's name would have today's routes.
/// </summary>
public static class EarlierRoutes
{
    /// <returns>The template as it is deployed; null where the environment has no routes yet.</returns>
    public static async Task<string?> TemplateAsync(PortalDb database, Guid environmentId, CancellationToken cancellationToken)
    {
        var plan = await database.Deployments.Where(row => row.EnvironmentId == environmentId && row.Step == StepNames.EdgeRoutes).Select(row => row.Plan).FirstOrDefaultAsync(cancellationToken);
        var digest = plan is null ? null : JsonSerializer.Deserialize<PlannedStep>(plan, Specification.Json)?.Artifact;
        var body = digest is null ? null : await database.Artifacts.Where(row => row.Digest == digest).Select(row => row.Body).FirstOrDefaultAsync(cancellationToken);
        return body is null ? null : Encoding.UTF8.GetString(body);
    }

    /// <param name="existing">The environment that is to become so; null for a new one.</param>
    internal static async Task<IEnumerable<FieldError>> CheckAsync(PortalDb database, Specification specification, Guid? existing, CancellationToken cancellationToken)
    {
        var earlier = specification.Edge.EarlierStages;
        if (earlier.All(stage => stage.RouteHash.Length == 0))
            return [];
        var template = existing is { } id ? await TemplateAsync(database, id, cancellationToken) : null;
        var known = template is null ? new HashSet<string>() : EdgeRoutes.HashesIn(template);
        return earlier.Select((stage, index) => (stage, index)).Where(one => one.stage.RouteHash.Length > 0 && !known.Contains(one.stage.RouteHash)).Select(one => new FieldError(
            $"edge.earlierStages[{SpecificationValidator.Text(one.index)}].name", one.stage.Name,
            $"The routes that {one.stage.Name} is to keep are not served any more. Retire it, or leave its routes out, so that it serves today's."));
    }
}
