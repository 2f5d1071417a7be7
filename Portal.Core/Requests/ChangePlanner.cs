using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using Portal.Core.Catalog;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Provisioning.Changes;
using Portal.Core.Specifications;

namespace Portal.Core.Requests;

/// <summary>What would be done to an environment that exists.</summary>
/// <param name="Work">The steps that have something to do, and the files they need.</param>
/// <param name="Change">What AWS and Kubernetes would do to what is there; null for a destruction, where all of it goes.</param>
public sealed record PlannedChange(PlannedWork Work, PlanChange? Change);

/// <summary>From what exists of an environment to what is wanted of it, or to nothing: reads what exists, the rest is pure.</summary>
public sealed class ChangePlanner(PlanBuilder plans, ChangeEvaluator evaluator)
{
    /// <exception cref="InvalidDataException">A template uses what update-behaviour.yaml does not have, or cannot be read.</exception>
    public Task<PlannedChange> ChangeAsync(
        NpgsqlConnection connection, Guid environmentId, Specification wanted, PlanTarget target, CancellationToken cancellationToken) =>
        DifferenceAsync(connection, environmentId, plans.Build(wanted, target), cancellationToken);

    private async Task<PlannedChange> DifferenceAsync(NpgsqlConnection connection, Guid environmentId, PlannedWork after, CancellationToken cancellationToken)
    {
        var deployed = await Deployments.ReadAsync(connection, environmentId, cancellationToken);
        var before = new PlannedWork(after.Plan with { Steps = [.. deployed.Select(deployment => deployment.Plan)] }, await ArtifactsAsync(connection, deployed));
        var change = evaluator.Evaluate(before, after);
        var incomplete = deployed.Where(deployment => !deployment.IsComplete).Select(deployment => deployment.Step).ToHashSet(StringComparer.Ordinal);
        var plan = PlanDifference.Change(before.Plan.Steps, incomplete, after.Plan, change);
        var replaces = change.Steps.Where(step => step.Impact == Impact.Replacement).Select(step => step.Step).ToList();
        plan = plan with { Sentences = change.Sentences, Replaces = replaces.Count > 0 ? replaces : null };
        var needed = plan.Steps.Select(step => step.Artifact).ToHashSet();
        // What is taken away is known by the files it was made with.
        return new PlannedChange(new PlannedWork(plan, [.. after.Artifacts.Where(artifact => needed.Contains(artifact.Digest))]), change);
    }

    /// <summary>One service's release alone, as the specification wants it, and what has to run before that.</summary>
    /// <param name="current">What the environment is to be now.</param>
    /// <returns>The work, and whether nothing else of the environment is left to do.</returns>
    public async Task<(PlannedWork Work, bool MendsAll)> ServiceAsync(
        NpgsqlConnection connection, Guid environmentId, Specification current, Specification wanted, string service, PlanTarget target, CancellationToken cancellationToken)
    {
        var whole = plans.Build(wanted, target);
        var change = await DifferenceAsync(connection, environmentId, whole, cancellationToken);
        var (step, before) = (StepNames.Service(service), StepNames.Before(service));
        var release = whole.Plan.Step(step);
        var first = change.Work.Plan.Steps.Where(one => one.Name == before && one.Action == PlanAction.Ensure).Select(one => one.After([])).ToList();
        var deployed = await Deployments.ReadAsync(connection, environmentId, cancellationToken);
        if (deployed.FirstOrDefault(one => one.Step == step) is { } there && !IsGiven(release, deployed))
        {
            // A change has to bring what it refers to first. Until then the service stays as it is, but for what is asked for.
            var earlier = plans.Build(current, target).Plan;
            PlannedStep Patched(PlannedStep one) => one with { Values = (JsonObject?)PlanValues.Patched(one.Values, earlier.Step(one.Name).Values, whole.Plan.Step(one.Name).Values) };
            release = Patched(there.Plan);
            first = [.. deployed.Where(one => one.Step == before && first.Count > 0 && !JsonNode.DeepEquals(earlier.Step(before).Values, whole.Plan.Step(before).Values)).Select(one => Patched(one.Plan).After([]))];
        }

        IReadOnlyList<PlannedStep> steps = [.. first, release.After([.. first.Select(one => one.Name)])];
        var plan = whole.Plan with { Steps = steps, Expected = PlanDifference.CriticalPath(steps) };
        return (new PlannedWork(plan, [.. whole.Artifacts.Where(artifact => steps.Any(one => one.Artifact == artifact.Digest))]), change.Work.Plan.Steps.All(one => one.Name == step || one.Name == before));
    }

    private static bool IsGiven(PlannedStep release, IReadOnlyList<Deployment> deployed) => PlanValues.References(release.Values)
        .All(reference => deployed.Any(one => one.Step == reference.Step && one.Outputs.ContainsKey(reference.Output)));

    public async Task<PlannedChange> DestroyAsync(NpgsqlConnection connection, Guid environmentId, Plan head, CancellationToken cancellationToken)
    {
        var deployed = await Deployments.ReadAsync(connection, environmentId, cancellationToken);
        return new PlannedChange(new PlannedWork(Deployments.Destruction(head, deployed), []), null);
    }

    private static async Task<IReadOnlyCollection<Artifact>> ArtifactsAsync(NpgsqlConnection connection, IReadOnlyList<Deployment> deployed)
    {
        var digests = deployed.Select(deployment => deployment.Plan.Artifact).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        var rows = await connection.QueryAsync<(string Name, string Digest, byte[] Body)>("select name, digest, body from artifacts where digest = any(@digests)", new { digests });
        return [.. rows.Select(row => new Artifact(row.Name, row.Digest, row.Body))];
    }
}
