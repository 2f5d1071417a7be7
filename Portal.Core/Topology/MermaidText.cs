using System.Text;

namespace Portal.Core.Topology;

/// <summary>The topology as text that Mermaid draws: for a wiki or a ticket. Pure.</summary>
public static class MermaidText
{
    /// <param name="word">What a node's state is called; null leaves states out.</param>
    /// <param name="caption">Stands above the picture; null for none.</param>
    public static string Of(EnvironmentTopology topology, Func<TopologyNode, string>? word = null, string? caption = null)
    {
        var text = new StringBuilder();
        if (caption is not null)
            text.Append("---\ntitle: \"").Append(caption.Replace("\\", "", StringComparison.Ordinal).Replace('"', '\'').Replace('\n', ' ')).Append("\"\n---\n");
        text.Append("flowchart TD\n");
        Node(1, topology.Client);
        Node(1, topology.Gateway);
        Node(1, topology.Link);
        Begin(1, topology.Vpc);
        Begin(2, topology.PublicSubnets);
        Node(3, topology.LoadBalancer);
        Node(3, topology.Egress);
        End(2);
        Begin(2, topology.PrivateSubnets);
        Begin(3, topology.Cluster);
        foreach (var part in topology.ClusterParts)
            Node(4, part);
        Node(4, topology.Ingress);
        foreach (var column in topology.Columns)
            Node(4, column.Service);
        End(3);
        var stores = topology.Columns.SelectMany(column => column.Stores).ToList();
        foreach (var store in stores.Where(store => store.Way is null))
            Node(3, store);
        End(2);
        End(1);
        foreach (var store in stores.Where(store => store.Way is not null))
            Node(1, store);
        Edge(topology.Client, topology.Gateway);
        Edge(topology.Gateway, topology.Link);
        Edge(topology.Link, topology.LoadBalancer);
        Edge(topology.LoadBalancer, topology.Ingress);
        foreach (var column in topology.Columns)
        {
            if (column.Path is { } path)
                Edge(topology.Ingress, column.Service, path.Title);
            foreach (var store in column.Stores)
                Edge(column.Service, store, store.Way);
        }

        var services = topology.Columns.ToDictionary(column => column.Service.Title, column => column.Service, StringComparer.Ordinal);
        foreach (var (from, to) in topology.Calls)
            Dotted(services[from], services[to], "calls");
        foreach (var (from, to) in topology.Shares)
            Dotted(services[from], services[to], "uses a store of");
        return text.ToString();

        void Node(int depth, TopologyNode node) => text.Append(' ', depth * 2).Append(Id(node)).Append("[\"").Append(Escaped(Title(node))).Append("\"]\n");
        void Begin(int depth, TopologyNode node) => text.Append(' ', depth * 2).Append("subgraph ").Append(Id(node)).Append("[\"").Append(Escaped(Title(node))).Append("\"]\n");
        void End(int depth) => text.Append(' ', depth * 2).Append("end\n");
        void Edge(TopologyNode from, TopologyNode to, string? label = null) =>
            text.Append("  ").Append(Id(from)).Append(" -->").Append(label is null ? "" : $"|\"{Escaped(label)}\"|").Append(' ').Append(Id(to)).Append('\n');
        void Dotted(TopologyNode from, TopologyNode to, string label) => text.Append("  ").Append(Id(from)).Append(" -. ").Append(label).Append(" .-> ").Append(Id(to)).Append('\n');
        string Title(TopologyNode node) => word is null ? node.Title : $"{node.Title} · {word(node)}";
    }

    // "end" and the like mean something to it, and a hyphen may begin an edge.
    private static string Id(TopologyNode node) => $"n_{node.Id.Replace('-', '_')}";

    private static string Escaped(string text) => text.Replace("\"", "#quot;", StringComparison.Ordinal).Replace('\n', ' ');
}
