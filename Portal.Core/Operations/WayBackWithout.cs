using System.Text.Json;
using Dapper;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Operations;

/// <summary>None of the step's, or no longer, keeps its stack from going back.</summary>
public sealed record NothingStuck(string What) : Refusal("nothing_stuck", $"{What} Look at what failed again.");

/// <summary>
/// Resources that the way back of a stack leaves out, by a person's choice among those that cannot go back: CloudFormation takes them to be
/// what they were (ResourcesToSkip), and they stay as they are. It holds for whatever goes on with the stack next, until the step is complete.
/// </summary>
/// <param name="Step">The step that failed with <see cref="Failure.HalfBack"/>.</param>
/// <param name="Resources">Logical ids.</param>
public sealed record WayBackWithout(string Step, IReadOnlyCollection<string> Resources)
{
    /// <summary>Keeps the choice, with its event, in the transaction of the work.</summary>
    /// <returns>Null where it is kept.</returns>
    internal async Task<Refusal?> KeepAsync(Work work, Actor actor, Guid environmentId, Guid operationId, DateTimeOffset now)
    {
        var failed = await work.Connection.QuerySingleOrDefaultAsync<(string Plan, string? Failure)?>(
            """
            select o.plan::text, s.failure::text from operations o join steps s on s.operation_id = o.id
            where o.id = @operationId and s.name = @Step and s.state = 'Failed'
            """, new { operationId, Step });
        var failure = failed?.Failure is { } json ? JsonSerializer.Deserialize<Failure>(json, Specification.Json) : null;
        if (failure is not { Code: Failure.HalfBack, Resources: { Count: > 0 } stuck })
            return new NothingStuck("No resource of it keeps its stack from going back.");
        if (Resources.Count == 0)
            return new NothingStuck("Choose at least one resource to leave out.");
        if (Resources.FirstOrDefault(id => stuck.All(one => one.LogicalId != id)) is { } other)
            return new NothingStuck($"The way back of {other} did not fail: only what failed can be left out.");
        var (step, chosen) = (Plan.FromJson(failed!.Value.Plan).Step(Step), stuck.Where(one => Resources.Contains(one.LogicalId)).ToList());
        var kept = await work.Connection.ExecuteAsync(
            "update deployments set left_out = @ids where environment_id = @environmentId and step = @Deployment",
            new { environmentId, step.Deployment, ids = chosen.Select(one => one.LogicalId).ToArray() });
        if (kept == 0)
            return new NothingStuck("Nothing of it exists any more.");
        await new NewEvent(
            actor, environmentId, operationId, Step, "way-back.without", EventSeverity.Warning,
            $"{actor.Name} has {step.Title} go back without {string.Join(", ", chosen.Select(one => one.Title))}: {(chosen.Count == 1 ? "it stays" : "they stay")} as {(chosen.Count == 1 ? "it is" : "they are")}")
        { Body = new { step = Step, resources = chosen.Select(one => one.LogicalId) } }.AppendAsync(work, now);
        return null;
    }
}
