using System.Globalization;
using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;

namespace Portal.Worker.Steps;

/// <summary>
/// How many nodes a group that grows has, is between the cluster autoscaler and the load. CloudFormation knows only what it was told, and sets
/// that number again with every change of the group's scaling (eksctl-io/eksctl#3532); so it is told what there is.
/// </summary>
public sealed class NodeGroupSize(INodeGroups groups)
{
    /// <summary>The stack's parameters for an update of what is there; the plan's own where they are not about a group that grows, or is to rest.</summary>
    public async Task<IReadOnlyDictionary<string, string>> KeepAsync(StepContext context, IReadOnlyDictionary<string, string> inputs, CancellationToken cancellationToken)
    {
        // Nobody has changed the number of nodes that did not grow until now, and a group that wakes has none: nothing to ask EKS for, which a
        // target's role of an earlier release may not.
        var grew = context.Work.Deployed.GetValueOrDefault(context.Step.Deployment)?.Plan is { } before && Grows(before);
        if (context.Step.Action is PlanAction.Sleep or PlanAction.Wake or PlanAction.Remove || !grew || !Grows(context.Step) || RangeOf(inputs) is not { } planned)
            return inputs;
        var kept = planned.Keeping(await groups.NodesAsync(context.Target, inputs["ClusterName"], cancellationToken));
        return kept == planned.Begins
            ? inputs
            : new Dictionary<string, string>(inputs, StringComparer.Ordinal) { [PlanBuilder.DesiredNodes] = kept.ToString(CultureInfo.InvariantCulture) };
    }

    /// <summary>The most nodes that a cluster autoscaler of the environment adds up to; null where there is none.</summary>
    public static int? GrowsTo(StepContext context) =>
        (context.Work.Plan.Steps.FirstOrDefault(step => step.Name == StepNames.Nodes) ?? context.Work.Deployed.GetValueOrDefault(StepNames.Nodes)?.Plan) is { } nodes && Grows(nodes)
            && int.TryParse(nodes.Inputs.GetValueOrDefault(PlanBuilder.MaxNodes)?.Value, CultureInfo.InvariantCulture, out var most)
            ? most
            : null;

    /// <summary>Whether the step's nodes come and go by themselves.</summary>
    public static bool Grows(PlannedStep step) => step.Inputs.GetValueOrDefault(PlanBuilder.NodesGrow)?.Value == "true";

    private static NodeRange? RangeOf(IReadOnlyDictionary<string, string> inputs)
    {
        int? Number(string name) => int.TryParse(inputs.GetValueOrDefault(name), CultureInfo.InvariantCulture, out var number) ? number : null;
        return (Number(PlanBuilder.MinNodes), Number(PlanBuilder.DesiredNodes), Number(PlanBuilder.MaxNodes)) is ({ } least, { } begins, { } most) ? new NodeRange(least, begins, most) : null;
    }
}
