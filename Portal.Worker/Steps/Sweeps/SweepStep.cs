using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;

namespace Portal.Worker.Steps.Sweeps;

/// <summary>
/// Looks by tag for what a destruction has left in the account, and reports it. What should not be there is looked for again for a while:
/// AWS lets go of some things late, and its index of tags forgets later still. Nothing is deleted, who finds it decides, but for the log group
/// that EKS makes again for a cluster's last lines: it bears no tag by which anybody could find it.
/// </summary>
public sealed class SweepStep(ITaggedResources tagged, ILogGroups logs, IResidueStore residues, TimeProvider clock) : IStepExecutor
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public bool Handles(PlannedStep step) => step.Kind == StepKind.Sweep;

    public bool CanBeBrokenOff => true;

    public async Task<IReadOnlyDictionary<string, string>> ExecuteAsync(StepContext context, CancellationToken cancellationToken)
    {
        var until = clock.GetUtcNow() + Patience;
        var left = await LookAsync(context, cancellationToken);
        while (left.Any(residue => !residue.IsKept && residue.Kind != Residue.NotLookedFor) && clock.GetUtcNow() < until)
        {
            await Task.Delay(LookEvery, clock, cancellationToken);
            left = await LookAsync(context, cancellationToken);
        }

        await residues.SaveAsync(context.Work, left, cancellationToken);
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Kept"] = left.Count(residue => residue.IsKept).ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["Left"] = left.Count(residue => !residue.IsKept).ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
    }

    private async Task<IReadOnlyList<Residue>> LookAsync(StepContext context, CancellationToken cancellationToken)
    {
        var values = context.Step.Values!;
        var found = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            var cluster = values[SweepPlan.Cluster]!.GetValue<string>();
            if (cluster.Length > 0)
                await logs.DeleteLeftoverAsync(context.Target, ILogGroups.OfCluster(cluster), cancellationToken);
            foreach (var (tag, value) in Tags(context.Work, cluster))
                found.UnionWith(await tagged.FindAsync(context.Target, tag, value, cancellationToken));
        }
        catch (StepFailedException error) when (error.Failure.Silent is null && !error.Failure.CanRetry)
        {
            // All is taken away; that nobody could look whether it is true is no reason to say that it is not.
            return [new Residue(Residue.NotLookedFor, "tagging", "What is left could not be looked for", false, error.Failure.Message, "Let the worker's role call tag:GetResources, and look in the account's tag editor for the tag portal:environment.")];
        }

        await context.AnsweredAsync();
        var keepsSnapshots = values[SweepPlan.KeepsSnapshots]!.GetValue<bool>();
        return [.. found.Select(arn => Residue.Of(arn, keepsSnapshots)).OfType<Residue>()];
    }

    /// <summary>The stacks' tag, and those by which EKS, its CNI and the load balancer controllers mark what they make for a cluster.</summary>
    private static IEnumerable<(string Tag, string Value)> Tags(OperationWork work, string cluster)
    {
        yield return (StackTags.EnvironmentId, work.EnvironmentId.ToString());
        if (cluster.Length == 0)
            yield break;
        yield return ("elbv2.k8s.aws/cluster", cluster);
        yield return ("eks:eks-cluster-name", cluster);
        yield return ("aws:eks:cluster-name", cluster);
        yield return ("cluster.k8s.amazonaws.com/name", cluster);
        yield return ($"kubernetes.io/cluster/{cluster}", "owned");
    }
}
