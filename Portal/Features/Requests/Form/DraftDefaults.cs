using System.Globalization;
using Portal.Core.Catalog;
using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

/// <summary>Where the form starts. A class gives the same form whether it is the first, or chosen, or chosen again.</summary>
public static class DraftDefaults
{
    public static RequestDraft Blank(ServiceCatalog catalog)
    {
        var draft = new RequestDraft { KubernetesVersion = catalog.DefaultKubernetesVersion };
        Choose(draft, draft.Class, catalog);
        return draft;
    }

    public static void Choose(RequestDraft draft, EnvironmentClass chosen, ServiceCatalog catalog)
    {
        var defaults = catalog.ClassOf(chosen);
        draft.Class = chosen;
        draft.Zones = defaults.Zones.ToString(CultureInfo.InvariantCulture);
        draft.NatGateways = Enum.Parse<NatGateways>(defaults.NatGateways);
        draft.InterfaceEndpoints = defaults.InterfaceEndpoints;
        draft.Size = defaults.ClusterSize;
        draft.NodeCapacity = Enum.Parse<NodeCapacity>(defaults.NodeCapacity);
        (draft.NodeSystem, draft.MinNodes, draft.MaxNodes) = (NodeSystem.AmazonLinux, "", "");
        draft.Edge.Firewall = defaults.Firewall;
        draft.Edge.Subnets = Enum.Parse<SubnetKind>(defaults.LoadBalancerSubnets);
    }
}
