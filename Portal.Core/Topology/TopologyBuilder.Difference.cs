using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Core.Topology;

/// <content>What a plan would do to what is there.</content>
public sealed partial class TopologyBuilder
{
    /// <summary>What would be there, with what would come, change and be replaced, and what would go.</summary>
    /// <param name="specification">What is wanted.</param>
    /// <param name="there">Steps of which something exists.</param>
    public EnvironmentTopology Difference(Specification specification, Plan plan, IReadOnlySet<string> there)
    {
        var marks = new Marks(plan, there);
        var wanted = Preview(specification);
        var going = plan.Steps.Where(step => step is { Action: PlanAction.Remove, Service: not null }).ToLookup(step => step.Service!, StringComparer.Ordinal);
        var stay = wanted.Columns.Select(column => column.Service.Title).ToHashSet(StringComparer.Ordinal);
        return wanted with
        {
            Client = marks.Of(wanted.Client),
            Gateway = marks.Of(wanted.Gateway),
            Link = marks.Of(wanted.Link),
            Vpc = marks.Of(wanted.Vpc),
            PublicSubnets = marks.Of(wanted.PublicSubnets),
            LoadBalancer = marks.Of(wanted.LoadBalancer),
            Egress = marks.Of(wanted.Egress),
            PrivateSubnets = marks.Of(wanted.PrivateSubnets),
            Cluster = marks.Of(wanted.Cluster),
            ClusterParts = [.. wanted.ClusterParts.Select(part => marks.Of(part))],
            Ingress = marks.Of(wanted.Ingress),
            Columns =
            [
                .. wanted.Columns.Select(column => column with
                {
                    Path = column.Path is { } path ? marks.Of(path with { Steps = [StepNames.Service(column.Service.Title)] }, onlyComes: true) : null,
                    Service = marks.Of(column.Service),
                    Stores =
                    [
                        .. column.Stores.Select(store => marks.Of(store, first: true)),
                        .. going[column.Service.Title].Where(step => !column.Stores.Any(store => store.Steps.Contains(step.Name))).Select(Store).OfType<TopologyNode>(),
                    ],
                    Shared = [.. column.Shared.Select(store => marks.Of(store, first: true))],
                }),
                .. going.Where(service => !stay.Contains(service.Key) && service.Any(step => step.Name == StepNames.Service(service.Key))).Select(service => new ServiceColumn(
                    null, Goes($"service-{service.Key}", service.Key, StepNames.Service(service.Key)), [], [.. service.Select(Store).OfType<TopologyNode>()])),
            ],
        };

        TopologyNode? Store(PlannedStep step) => !StepNames.IsData(step.Name) ? null
            : Goes($"gone-{step.Name}", step.Title, step.Name) with { Keeps = PlanDifference.Kept(step), Way = catalog.DataStores.Any(store => store.Beside.Length > 0 && step.Title.StartsWith(store.Title, StringComparison.Ordinal)) ? "until now" : null };
    }

    /// <summary>What would go of what is there, and what of it stays behind.</summary>
    /// <param name="specification">What it is now.</param>
    /// <param name="plan">That takes all of it away.</param>
    public EnvironmentTopology Destruction(Specification specification, Plan plan)
    {
        var marked = Difference(specification, plan, plan.Steps.Select(step => step.Name).ToHashSet(StringComparer.Ordinal));
        return marked with
        {
            Gateway = Gone(marked.Gateway),
            Link = Gone(marked.Link),
            Vpc = Gone(marked.Vpc),
            PublicSubnets = Gone(marked.PublicSubnets),
            LoadBalancer = Gone(marked.LoadBalancer),
            Egress = Gone(marked.Egress),
            PrivateSubnets = Gone(marked.PrivateSubnets),
            Cluster = Gone(marked.Cluster),
            ClusterParts = [.. marked.ClusterParts.Select(Gone)],
            Ingress = Gone(marked.Ingress),
            Columns =
            [
                .. marked.Columns.Select(column => column with
                {
                    Path = column.Path is { } path ? Gone(path) : null,
                    Service = Gone(column.Service),
                    Pods = [],
                    Stores = [.. column.Stores.Select(Gone)],
                    Shared = [.. column.Shared.Select(Gone)],
                }),
            ],
        };

        // Of what was asked for something may never have been made.
        static TopologyNode Gone(TopologyNode node) => node.Change == NodeChange.None ? node with { Detail = "is not there" } : node;
    }

    private static TopologyNode Goes(string id, string title, string step) => new(id, title, NodeState.Waiting, [step]) { Change = NodeChange.Goes };

    private sealed class Marks(Plan plan, IReadOnlySet<string> there)
    {
        // What is only asked says nothing of what it becomes.
        private readonly Dictionary<string, PlannedStep> _steps = plan.Steps.Where(step => step.Action != PlanAction.Probe).ToDictionary(step => step.Name, StringComparer.Ordinal);

        /// <param name="first">Whether its first step alone decides: the others are the way to it.</param>
        /// <param name="onlyComes">Whether it can only come or go: what changes is somebody else's.</param>
        public TopologyNode Of(TopologyNode node, bool first = false, bool onlyComes = false)
        {
            var touched = (first ? node.Steps.Take(1) : node.Steps).Select(name => _steps.GetValueOrDefault(name)).OfType<PlannedStep>().ToList();
            var change = touched.Count == 0 ? NodeChange.None
                : touched.Exists(step => plan.Replaces?.Contains(step.Name) == true) ? NodeChange.Replaced
                : touched.TrueForAll(step => step.Action == PlanAction.Remove) ? NodeChange.Goes
                : node.Steps.Any(there.Contains) ? NodeChange.Changes
                : NodeChange.Comes;
            return onlyComes && change is not (NodeChange.Comes or NodeChange.Goes) ? node : node with { Change = change, Keeps = change == NodeChange.Goes && first ? PlanDifference.Kept(touched[0]) : null };
        }
    }
}
