using Dapper;
using Npgsql;
using Portal.Core.Catalog;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Specifications;

namespace Portal.Core.Rehearsals;

/// <summary>One thing to do with the environment, by a plan.</summary>
/// <param name="Specification">What the environment is to be by it.</param>
public sealed record RehearsalAct(RehearsalActKind Kind, OperationKind Operation, Plan Plan, Specification Specification);

/// <summary>
/// All that it takes to play a request's plan somewhere else. A creation is made; a change is made to, and a destruction destroys, what exists
/// now, which is made first. What is there at the end is destroyed by whoever plays it.
/// </summary>
/// <param name="PlanHash">Of the request's plan, which is played as it is.</param>
/// <param name="Files">Of all plans.</param>
public sealed record RehearsalScript(Guid EnvironmentId, string PlanHash, IReadOnlyList<RehearsalAct> Acts, IReadOnlyList<Artifact> Files)
{
    /// <returns>Null where the request does not wait for a decision any more, or there is nothing to do.</returns>
    public static async Task<RehearsalScript?> ReadAsync(NpgsqlConnection connection, Guid requestId, CancellationToken cancellationToken)
    {
        if (await FoundRequest.FindAsync(connection, requestId) is not { State: RequestState.Submitted } request)
            return null;
        var acts = new List<RehearsalAct>();
        var plan = request.Plan;
        if (request.Kind != RequestKind.Create
            && await Deployments.ReadAsync(connection, request.EnvironmentId, cancellationToken) is { Count: > 0 } deployed
            && await FoundEnvironment.FindAsync(connection, request.EnvironmentId) is { } environment)
            acts.Add(new RehearsalAct(RehearsalActKind.Present, OperationKind.Create, Present(plan, deployed), environment.Specification));
        // Nothing exists before the first act, so that a change of what came to nothing is a creation here.
        if (acts.Count == 0 && request.Kind == RequestKind.Destroy)
            return null;
        acts.Add(new RehearsalAct(RehearsalActKind.Asked, acts.Count == 0 ? OperationKind.Create : Enum.Parse<OperationKind>(request.Kind.ToString()), plan, request.Specification));
        return new RehearsalScript(request.EnvironmentId, request.PlanHash, acts, await FilesAsync(connection, acts));
    }

    /// <summary>What exists, made from nothing: all of it, complete and awake, whatever has become of it.</summary>
    private static Plan Present(Plan head, IReadOnlyList<Deployment> deployed)
    {
        var names = deployed.Select(one => one.Step).ToHashSet(StringComparer.Ordinal);
        IReadOnlyList<PlannedStep> steps = [.. deployed.Select(one => one.Plan with { Action = PlanAction.Ensure, RevertsDrift = false, DependsOn = [.. one.Plan.DependsOn.Where(names.Contains)] })];
        return head with { Steps = steps, Expected = PlanDifference.CriticalPath(steps), Sentences = [], Replaces = null, Revision = null };
    }

    private static async Task<IReadOnlyList<Artifact>> FilesAsync(NpgsqlConnection connection, IEnumerable<RehearsalAct> acts)
    {
        var digests = acts.SelectMany(act => act.Plan.Steps).Select(step => step.Artifact).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        var rows = await connection.QueryAsync<(string Name, string Digest, byte[] Body)>("select name, digest, body from artifacts where digest = any(@digests)", new { digests });
        return [.. rows.Select(row => new Artifact(row.Name, row.Digest, row.Body))];
    }
}
